package pgtype

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"

	"parley/internal/pgcodec"
)

// Vector is pgvector's vector.
type Vector []float32

// HalfVector is pgvector's halfvec, whose elements are kept in 16 bits: writing
// rounds them.
type HalfVector []float32

// SparseVector is pgvector's sparsevec: the elements that are not 0. The server
// refuses one with a 0 among Values.
type SparseVector struct {
	Dim     int32
	Indices []int32 // ascending, counted from 0
	Values  []float32
}

// String returns the vector as the server prints it: [1,2,3].
func (v Vector) String() string { return string(appendVector(nil, v)) }

// String returns the vector as the server prints it: [1,2,3].
func (v HalfVector) String() string { return string(v.append(nil)) }

// String returns the vector as the server prints it: {1:1.5,3:2}/5, with
// indices counted from 1.
func (v SparseVector) String() string { return string(v.append(nil)) }

func appendVector(dst []byte, v []float32) []byte {
	dst = append(dst, '[')
	for i, f := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = pgcodec.AppendFloat32(dst, f)
	}
	return append(dst, ']')
}

func (v HalfVector) append(dst []byte) []byte {
	dst = append(dst, '[')
	for i, f := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = pgcodec.AppendFloat32(dst, fromHalf(toHalf(f)))
	}
	return append(dst, ']')
}

func (v SparseVector) append(dst []byte) []byte {
	dst = append(dst, '{')
	for i := range min(len(v.Indices), len(v.Values)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(v.Indices[i])+1, 10)
		dst = pgcodec.AppendFloat32(append(dst, ':'), v.Values[i])
	}
	return strconv.AppendInt(append(dst, "}/"...), int64(v.Dim), 10)
}

// parseVector reads [1,2,3].
func parseVector(text []byte, what string) ([]float32, error) {
	s := strings.TrimSpace(string(text))
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return nil, badText(what)
	}
	v := []float32{}
	for s = s[1 : len(s)-1]; s != ""; {
		one, rest, more := strings.Cut(s, ",")
		f, ok := parseElement(one)
		if !ok || more && rest == "" {
			return nil, badText(what)
		}
		v, s = append(v, f), rest
	}
	return v, nil
}

// parseElement reads a number, which Go's syntax would also allow underscores in.
func parseElement(s string) (float32, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
	return float32(f), err == nil && !strings.Contains(s, "_")
}

func parseSparse(text []byte) (v SparseVector, ok bool) {
	s, ok1 := strings.CutPrefix(strings.TrimSpace(string(text)), "{")
	s, size, ok2 := strings.Cut(s, "}")
	size, ok3 := strings.CutPrefix(strings.TrimSpace(size), "/")
	dim, err := strconv.ParseInt(strings.TrimSpace(size), 10, 32)
	if !ok1 || !ok2 || !ok3 || err != nil {
		return v, false
	}
	v = SparseVector{Dim: int32(dim), Indices: []int32{}, Values: []float32{}}
	for s = strings.TrimSpace(s); s != ""; {
		one, rest, more := strings.Cut(s, ",")
		index, value, ok1 := strings.Cut(one, ":")
		i, err := strconv.ParseInt(strings.TrimSpace(index), 10, 32)
		f, ok2 := parseElement(value)
		if !ok1 || !ok2 || err != nil || more && rest == "" {
			return v, false
		}
		v.Indices, v.Values, s = append(v.Indices, int32(i-1)), append(v.Values, f), rest
	}
	return v, v.valid()
}

// valid tells whether the indices are ascending and within the dimension.
func (v SparseVector) valid() bool {
	last := int32(-1)
	for _, i := range v.Indices {
		if i <= last || i >= v.Dim {
			return false
		}
		last = i
	}
	return len(v.Indices) == len(v.Values)
}

// appendVectorHead appends the Int16 dimension and an unused Int16.
func appendVectorHead(dst []byte, n int) ([]byte, error) {
	if n > math.MaxInt16 {
		return dst, ErrRange
	}
	return appendInt16(appendInt16(dst, int16(n)), 0), nil
}

// vectorHead reads what appendVectorHead writes; each element has size bytes.
func (r *reader) vectorHead(size int) int {
	n := int(r.int16())
	r.int16()
	r.bad = r.bad || n < 0 || n*size != len(r.src)
	if r.bad {
		return 0
	}
	return n
}

// AppendText appends String.
func (v Vector) AppendText(dst []byte) ([]byte, error) { return appendVector(dst, v), nil }

// MarshalText returns String.
func (v Vector) MarshalText() ([]byte, error) { return appendVector(nil, v), nil }

// UnmarshalText reads what String writes.
func (v *Vector) UnmarshalText(text []byte) error {
	got, err := parseVector(text, "vector")
	if err == nil {
		*v = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (v Vector) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writesExt(t, f, "vector"); err != nil {
		return dst, err
	} else if f == Text {
		return v.AppendText(dst)
	}
	dst, err := appendVectorHead(dst, len(v))
	if err != nil {
		return dst, err
	}
	for _, f := range v {
		dst = binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
	}
	return dst, nil
}

// ScanPG implements [Unmarshaler].
func (v *Vector) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := readsExt(t, f, "vector"); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	got := make(Vector, r.vectorHead(4))
	for i := range got {
		got[i] = math.Float32frombits(uint32(r.int32()))
	}
	err := r.end("vector")
	if err == nil {
		*v = got
	}
	return err
}

// AppendText appends String.
func (v HalfVector) AppendText(dst []byte) ([]byte, error) { return v.append(dst), nil }

// MarshalText returns String.
func (v HalfVector) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText reads what String writes.
func (v *HalfVector) UnmarshalText(text []byte) error {
	got, err := parseVector(text, "halfvec")
	if err == nil {
		for i := range got {
			got[i] = fromHalf(toHalf(got[i]))
		}
		*v = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (v HalfVector) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writesExt(t, f, "halfvec"); err != nil {
		return dst, err
	} else if f == Text {
		return v.AppendText(dst)
	}
	dst, err := appendVectorHead(dst, len(v))
	if err != nil {
		return dst, err
	}
	for _, f := range v {
		dst = binary.BigEndian.AppendUint16(dst, toHalf(f))
	}
	return dst, nil
}

// ScanPG implements [Unmarshaler].
func (v *HalfVector) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := readsExt(t, f, "halfvec"); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	got := make(HalfVector, r.vectorHead(2))
	for i := range got {
		got[i] = fromHalf(uint16(r.int16()))
	}
	err := r.end("halfvec")
	if err == nil {
		*v = got
	}
	return err
}

// AppendText appends String.
func (v SparseVector) AppendText(dst []byte) ([]byte, error) {
	if !v.valid() {
		return dst, ErrRange
	}
	return v.append(dst), nil
}

// MarshalText returns String.
func (v SparseVector) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText reads what String writes.
func (v *SparseVector) UnmarshalText(text []byte) error {
	got, ok := parseSparse(text)
	if !ok {
		return badText("sparsevec")
	}
	*v = got
	return nil
}

// AppendPG implements [Marshaler].
func (v SparseVector) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	switch f, err := writesExt(t, f, "sparsevec"); {
	case err != nil:
		return dst, err
	case f == Text:
		return v.AppendText(dst)
	case !v.valid():
		return dst, ErrRange
	}
	dst = appendInt32(appendInt32(dst, v.Dim), int32(len(v.Indices)))
	dst = appendInt32(dst, 0)
	for _, i := range v.Indices {
		dst = appendInt32(dst, i)
	}
	for _, f := range v.Values {
		dst = binary.BigEndian.AppendUint32(dst, math.Float32bits(f))
	}
	return dst, nil
}

// ScanPG implements [Unmarshaler].
func (v *SparseVector) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := readsExt(t, f, "sparsevec"); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	got := SparseVector{Dim: r.int32()}
	n := r.count(8)
	r.int32() // not used
	got.Indices, got.Values = make([]int32, n), make([]float32, n)
	for i := range got.Indices {
		got.Indices[i] = r.int32()
	}
	for i := range got.Values {
		got.Values[i] = math.Float32frombits(uint32(r.int32()))
	}
	err := r.end("sparsevec")
	if err == nil && !got.valid() {
		err = badForm("sparsevec")
	}
	if err == nil {
		*v = got
	}
	return err
}
