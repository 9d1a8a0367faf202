package pgtype

import (
	"errors"
	"fmt"

	"parley/internal/pgcodec"
)

// maxDepth bounds how deep values lie in values.
const maxDepth = 64

// An UnknownTypeError says that a record holds a value of a type that the
// catalog does not know.
type UnknownTypeError struct{ OID uint32 }

// Error names the OID.
func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("the type with OID %d is not known", e.OID)
}

// BinaryForm tells whether a type's binary form can be read here, and says as
// much as its text. It cannot for what has none on the server (aclitem), for
// what is the server's own business (pg_ndistinct), and for what extensions
// define; it says less for regclass and its kin, whose names it lacks, and for
// money. A record without a type tells its fields' types itself, so its binary
// form says more than its text; but the server refuses to write it when a field
// has no binary form there.
func BinaryForm(t *Type) bool { return binaryForm(t, 0) }

func binaryForm(t *Type, depth int) bool {
	if t == nil || depth > maxDepth {
		return false
	}
	switch t.Kind {
	case KindArray, KindDomain, KindRange, KindMultirange:
		return binaryForm(t.Elem, depth+1)
	case KindComposite:
		for _, f := range t.Fields {
			if !binaryForm(f.Type, depth+1) {
				return false
			}
		}
		return true
	}
	if t.Like == pgcodec.OIDRecord {
		return true
	}
	l, ok := leafOf(t)
	return ok && !l.textFirst
}

func leafOf(t *Type) (l leaf, ok bool) {
	switch {
	case t.Ext != "":
		l, ok = ext[t.Ext]
	case !isForeign(t):
		l, ok = leaves[t.Like]
	}
	return l, ok
}

// isForeign tells a base type that is not built in. It may be like text, for
// its text, but what its binary form is only its extension knows.
func isForeign(t *Type) bool { return t.Kind == KindBase && t.OID != t.Like }

// AppendText is [Catalog.AppendText] of a catalog that knows the built-in types
// only. It needs no other unless there are records without a type in src.
func AppendText(dst []byte, t *Type, f Format, src []byte) ([]byte, error) {
	return (*Catalog)(nil).AppendText(dst, t, f, src)
}

// AppendText appends a value as the server prints it with DateStyle ISO,
// IntervalStyle postgres, bytea_output hex, extra_float_digits 1 and TimeZone
// UTC. A text form is appended as it is. Money in its binary form is written as
// with lc_monetary C, and regclass and its kin as OIDs.
//
// src is not nil: NULL has no text. The catalog finds the types of what is in
// records without a type; an [UnknownTypeError] names one that it lacks.
func (c *Catalog) AppendText(dst []byte, t *Type, f Format, src []byte) ([]byte, error) {
	if f == Text {
		return append(dst, src...), nil
	}
	p := printer{c, int64(len(dst)) + minTextLimit + textFactor*int64(len(src))}
	return p.binary(dst, t, src, 0)
}

// printer writes the text of binary forms.
type printer struct {
	c     *Catalog
	limit int64 // of the length of dst
}

// A few bytes of numeric can have a text of 147 kB, and records in records
// double the quotes of those inside, so a small form could have a text without
// end. It may be this long, and this many times as long as its form.
const (
	minTextLimit = 64 << 20
	textFactor   = 1000
)

var errLong = errors.New("the text is out of all proportion to the binary form")

// check returns errLong once dst is longer than the limit.
func (p printer) check(dst []byte, err error) ([]byte, error) {
	if err == nil && int64(len(dst)) > p.limit {
		err = errLong
	}
	return dst, err
}

func (p printer) binary(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	if t == nil {
		return dst, fmt.Errorf("the binary form of an unknown type cannot be read")
	}
	if depth > maxDepth {
		return dst, errDepth
	}
	t = t.Under()
	switch t.Kind {
	case KindArray:
		return p.array(dst, t, src, depth+1)
	case KindRange:
		return p.span(dst, t, src, depth+1)
	case KindMultirange:
		return p.multirange(dst, t, src, depth+1)
	case KindComposite:
		return p.record(dst, t, src, depth+1)
	}
	if t.Like == pgcodec.OIDRecord {
		return p.record(dst, t, src, depth+1)
	}
	l, ok := leafOf(t)
	if !ok {
		return dst, fmt.Errorf("the binary form of %s cannot be read", t)
	}
	return p.check(l.text(dst, src))
}

var errDepth = fmt.Errorf("values in values, more than %d deep", maxDepth)

func (p printer) array(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	a, err := pgcodec.ReadArray(src)
	if err != nil {
		return dst, err
	}
	vector := isVector(t)
	if a.Len == 0 {
		a.Next() // for what is left over
		if !vector {
			dst = append(dst, "{}"...)
		}
		return dst, a.Err()
	}
	dims := a.Dims[:a.NDim]
	delim := delimOf(t)
	if !vector {
		dst = pgcodec.AppendArrayDims(dst, dims)
	}
	braces := pgcodec.NewBraces(dims, delim)
	first := true
	for elem, ok := a.Next(); ok; elem, ok = a.Next() {
		if vector {
			if dst, err = p.vectorElem(dst, t, elem, first, depth); err != nil {
				return dst, err
			}
			first = false
			continue
		}
		dst = braces.Open(dst)
		if elem == nil {
			dst = append(dst, "NULL"...)
			continue
		}
		start := len(dst)
		if dst, err = p.binary(dst, t.Elem, elem, depth); err != nil {
			return dst, err
		}
		if dst, err = p.check(pgcodec.QuoteElem(dst, start, delim), nil); err != nil {
			return dst, err
		}
	}
	if !vector {
		dst = braces.Close(dst)
	}
	return dst, a.Err()
}

func (p printer) vectorElem(dst []byte, t *Type, elem []byte, first bool, depth int) ([]byte, error) {
	if elem == nil {
		return dst, badForm("vector: it holds a NULL")
	}
	if !first {
		dst = append(dst, ' ')
	}
	return p.binary(dst, t.Elem, elem, depth)
}

// isVector tells int2vector and oidvector from arrays: their text is numbers
// with spaces between.
func isVector(t *Type) bool {
	return t.OID == pgcodec.OIDInt2Vector || t.OID == pgcodec.OIDOIDVector
}

// delimOf returns what stands between an array's elements.
func delimOf(t *Type) byte {
	if t.Elem != nil && t.Elem.Delim != 0 {
		return t.Elem.Delim
	}
	return ','
}

func (p printer) record(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	r, err := pgcodec.ReadRecord(src)
	if err != nil {
		return dst, err
	}
	if t.Kind == KindComposite && r.Len != len(t.Fields) {
		return dst, fmt.Errorf("a %s of %d fields instead of %d", t, r.Len, len(t.Fields))
	}
	dst = append(dst, '(')
	i := 0
	for oid, val, ok := r.Next(); ok; oid, val, ok = r.Next() {
		if i > 0 {
			dst = append(dst, ',')
		}
		if val != nil {
			ft, err := fieldType(p.c, t, i, oid)
			if err != nil {
				return dst, err
			}
			start := len(dst)
			if dst, err = p.binary(dst, ft, val, depth); err != nil {
				return dst, err
			}
			if dst, err = p.check(pgcodec.QuoteField(dst, start), nil); err != nil {
				return dst, err
			}
		}
		i++
	}
	return append(dst, ')'), r.Err()
}

// fieldType returns the type of a record's field: as the form says, since a
// composite type may have been altered; else as its type says.
func fieldType(c *Catalog, t *Type, i int, oid uint32) (*Type, error) {
	if t.Kind == KindComposite && i < len(t.Fields) {
		if ft := t.Fields[i].Type; ft != nil && (oid == 0 || ft.OID == oid) {
			return ft, nil
		}
	}
	if ft := c.Type(oid); ft != nil {
		return ft, nil
	}
	return nil, &UnknownTypeError{oid}
}

func (p printer) span(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	r, err := pgcodec.ReadRange(src)
	if err != nil {
		return dst, err
	}
	if r.Empty {
		return append(dst, "empty"...), nil
	}
	ends := [2]byte{'(', ')'}
	if r.LowerInc {
		ends[0] = '['
	}
	if r.UpperInc {
		ends[1] = ']'
	}
	dst = append(dst, ends[0])
	if dst, err = p.bound(dst, t.Elem, r.Lower, depth); err != nil {
		return dst, err
	}
	dst = append(dst, ',')
	if dst, err = p.bound(dst, t.Elem, r.Upper, depth); err != nil {
		return dst, err
	}
	return append(dst, ends[1]), nil
}

func (p printer) bound(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	if src == nil {
		return dst, nil
	}
	start := len(dst)
	dst, err := p.binary(dst, t, src, depth)
	if err != nil {
		return dst, err
	}
	return p.check(pgcodec.QuoteBound(dst, start), nil)
}

func (p printer) multirange(dst []byte, t *Type, src []byte, depth int) ([]byte, error) {
	m, err := pgcodec.ReadMultirange(src)
	if err != nil {
		return dst, err
	}
	dst = append(dst, '{')
	first := true
	for form, ok := m.Next(); ok; form, ok = m.Next() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = p.binary(dst, t.Elem, form, depth); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), m.Err()
}
