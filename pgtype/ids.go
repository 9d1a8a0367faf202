package pgtype

import (
	"strconv"
	"strings"

	"parley/internal/pgcodec"
)

// UUID is a universally unique identifier.
type UUID [16]byte

// ParseUUID reads 32 hexadecimal digits, with or without hyphens and braces.
func ParseUUID(s string) (UUID, error) { return pgcodec.ParseUUID(s) }

// String returns the UUID as 00112233-4455-6677-8899-aabbccddeeff.
func (u UUID) String() string { return string(pgcodec.AppendUUID(nil, u)) }

// AppendText appends String.
func (u UUID) AppendText(dst []byte) ([]byte, error) { return pgcodec.AppendUUID(dst, u), nil }

// MarshalText returns String.
func (u UUID) MarshalText() ([]byte, error) { return u.AppendText(nil) }

// UnmarshalText is [ParseUUID].
func (u *UUID) UnmarshalText(text []byte) error {
	got, err := pgcodec.ParseUUID(text)
	if err == nil {
		*u = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (u UUID) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDUUID); err != nil {
		return dst, err
	} else if f == Text {
		return u.AppendText(dst)
	}
	return append(dst, u[:]...), nil
}

// ScanPG implements [Unmarshaler].
func (u *UUID) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDUUID); err != nil {
		return err
	} else if f == Text {
		return u.UnmarshalText(src)
	}
	got, err := pgcodec.UUIDFromBinary(src)
	if err == nil {
		*u = got
	}
	return err
}

// LSN is a position in the write-ahead log (pg_lsn), in bytes.
type LSN uint64

// ParseLSN reads two hexadecimal numbers of 32 bits: 16/B374D848.
func ParseLSN(s string) (LSN, error) {
	hi, lo, ok := strings.Cut(s, "/")
	h, err1 := strconv.ParseUint(hi, 16, 32)
	l, err2 := strconv.ParseUint(lo, 16, 32)
	if !ok || err1 != nil || err2 != nil || hi[0] == '+' || lo[0] == '+' {
		return 0, badText("pg_lsn")
	}
	return LSN(h<<32 | l), nil
}

// String returns the position as the server prints it: 16/B374D848.
func (l LSN) String() string { return string(l.append(nil)) }

func (l LSN) append(dst []byte) []byte {
	dst = appendHex(dst, uint32(l>>32))
	return appendHex(append(dst, '/'), uint32(l))
}

func appendHex(dst []byte, n uint32) []byte {
	const digits = "0123456789ABCDEF"
	shift := 28
	for shift > 0 && n>>shift == 0 {
		shift -= 4
	}
	for ; shift >= 0; shift -= 4 {
		dst = append(dst, digits[n>>shift&15])
	}
	return dst
}

// AppendText appends String.
func (l LSN) AppendText(dst []byte) ([]byte, error) { return l.append(dst), nil }

// MarshalText returns String.
func (l LSN) MarshalText() ([]byte, error) { return l.append(nil), nil }

// UnmarshalText is [ParseLSN].
func (l *LSN) UnmarshalText(text []byte) (err error) {
	*l, err = ParseLSN(string(text))
	return err
}

// AppendPG implements [Marshaler].
func (l LSN) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDLSN); err != nil {
		return dst, err
	} else if f == Text {
		return l.append(dst), nil
	}
	return appendInt64(dst, int64(l)), nil
}

// ScanPG implements [Unmarshaler].
func (l *LSN) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDLSN); err != nil {
		return err
	} else if f == Text {
		return l.UnmarshalText(src)
	}
	n, err := int64From(src, "pg_lsn")
	*l = LSN(n)
	return err
}

// TID is the place of a row's version in its table: the type of ctid.
type TID struct {
	Block  uint32
	Offset uint16
}

// String returns the place as (block,offset).
func (v TID) String() string { return string(v.append(nil)) }

func (v TID) append(dst []byte) []byte {
	dst = strconv.AppendUint(append(dst, '('), uint64(v.Block), 10)
	dst = strconv.AppendUint(append(dst, ','), uint64(v.Offset), 10)
	return append(dst, ')')
}

// AppendText appends String.
func (v TID) AppendText(dst []byte) ([]byte, error) { return v.append(dst), nil }

// MarshalText returns String.
func (v TID) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText reads (block,offset).
func (v *TID) UnmarshalText(text []byte) error {
	s, ok1 := strings.CutPrefix(string(text), "(")
	s, ok2 := strings.CutSuffix(s, ")")
	block, offset, ok3 := strings.Cut(s, ",")
	b, err1 := strconv.ParseUint(block, 10, 32)
	o, err2 := strconv.ParseUint(offset, 10, 16)
	if !ok1 || !ok2 || !ok3 || err1 != nil || err2 != nil {
		return badText("tid")
	}
	*v = TID{uint32(b), uint16(o)}
	return nil
}

// AppendPG implements [Marshaler].
func (v TID) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDTID); err != nil {
		return dst, err
	} else if f == Text {
		return v.append(dst), nil
	}
	return appendInt16(appendInt32(dst, int32(v.Block)), int16(v.Offset)), nil
}

// ScanPG implements [Unmarshaler].
func (v *TID) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTID); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	got := TID{uint32(r.int32()), uint16(r.int16())}
	err := r.end("tid")
	if err == nil {
		*v = got
	}
	return err
}

// Snapshot says which transactions are visible (pg_snapshot, txid_snapshot):
// those below Xmin, and those below Xmax that are not in Xip.
type Snapshot struct {
	Xmin, Xmax uint64
	Xip        []uint64 // in progress, in order
}

// String returns the snapshot as xmin:xmax:xip,xip.
func (v Snapshot) String() string { return string(v.append(nil)) }

func (v Snapshot) append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, v.Xmin, 10)
	dst = strconv.AppendUint(append(dst, ':'), v.Xmax, 10)
	sep := byte(':')
	for _, x := range v.Xip {
		dst = strconv.AppendUint(append(dst, sep), x, 10)
		sep = ','
	}
	if sep == ':' {
		dst = append(dst, sep)
	}
	return dst
}

// AppendText appends String.
func (v Snapshot) AppendText(dst []byte) ([]byte, error) { return v.append(dst), nil }

// MarshalText returns String.
func (v Snapshot) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText reads what String writes.
func (v *Snapshot) UnmarshalText(text []byte) error {
	xmin, rest, ok1 := strings.Cut(string(text), ":")
	xmax, list, ok2 := strings.Cut(rest, ":")
	var got Snapshot
	var err1, err2 error
	got.Xmin, err1 = strconv.ParseUint(xmin, 10, 64)
	got.Xmax, err2 = strconv.ParseUint(xmax, 10, 64)
	if !ok1 || !ok2 || err1 != nil || err2 != nil {
		return badText("snapshot")
	}
	for list != "" {
		var one string
		var more bool
		one, list, more = strings.Cut(list, ",")
		x, err := strconv.ParseUint(one, 10, 64)
		if err != nil || more && list == "" {
			return badText("snapshot")
		}
		got.Xip = append(got.Xip, x)
	}
	*v = got
	return nil
}

// AppendPG implements [Marshaler].
func (v Snapshot) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDSnapshot, pgcodec.OIDTxidSnapshot); err != nil {
		return dst, err
	} else if f == Text {
		return v.append(dst), nil
	}
	dst = appendInt32(dst, int32(len(v.Xip)))
	dst = appendInt64(appendInt64(dst, int64(v.Xmin)), int64(v.Xmax))
	for _, x := range v.Xip {
		dst = appendInt64(dst, int64(x))
	}
	return dst, nil
}

// ScanPG implements [Unmarshaler].
func (v *Snapshot) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDSnapshot, pgcodec.OIDTxidSnapshot); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	n := r.count(8)
	got := Snapshot{Xmin: uint64(r.int64()), Xmax: uint64(r.int64())}
	if n > 0 {
		got.Xip = make([]uint64, n)
	}
	for i := range got.Xip {
		got.Xip[i] = uint64(r.int64())
	}
	err := r.end("snapshot")
	if err == nil {
		*v = got
	}
	return err
}
