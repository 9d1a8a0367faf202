package pgtype

import (
	"fmt"

	"parley/internal/pgcodec"
)

// Value returns a value as the Go type that suits it best. Both forms of a
// value give the same.
//
//	bool                           bool
//	int2, int4, int8               int16, int32, int64
//	oid, xid, cid; xid8            uint32; uint64
//	float4, float8                 float32, float64
//	numeric, money                 Numeric, Money
//	text, varchar, bpchar, name    string
//	xml, "char", jsonpath, enums   string
//	regclass and its kin           string
//	bytea                          []byte
//	json, jsonb                    json.RawMessage
//	date, timestamp, timestamptz   time.Time in UTC; for an infinity Date,
//	                               Timestamp, Timestamptz
//	time, timetz, interval         Time, TimeTZ, Interval
//	uuid                           UUID
//	inet, cidr                     netip.Prefix
//	macaddr, macaddr8              net.HardwareAddr
//	bit, varbit                    Bits
//	point, line, lseg, box, path   Point, Line, Lseg, Box, Path
//	polygon, circle                Polygon, Circle
//	tsvector, tsquery              TSVector, TSQuery
//	pg_lsn, tid, pg_snapshot       LSN, TID, Snapshot
//	hstore                         Hstore
//	vector, halfvec, sparsevec     Vector, HalfVector, SparseVector
//	arrays                         []any, for each further dimension one more
//	                               []any inside; subscripts are not kept
//	composites and records         Record
//	ranges, multiranges            Range[any], Multirange[any]
//	domains                        as the type they restrict
//	all others                     string, from text only
//
// The exceptions: a record without a type says its fields' types in its binary
// form only, so in text they are strings; money is a string where its text
// leaves in doubt how many decimals it has; and of regclass and its kin the
// binary form gives the OID's digits.
//
// Nothing in the value aliases src. A nil src is NULL, and its value nil. An
// [UnknownTypeError] names a type that the catalog lacks.
func Value(c *Catalog, t *Type, f Format, src []byte) (any, error) {
	r := valuer{c, f}
	return r.value(t, src, 0)
}

// valuer reads values of one form.
type valuer struct {
	c *Catalog
	f Format
}

func (r valuer) value(t *Type, src []byte, depth int) (any, error) {
	switch {
	case src == nil:
		return nil, nil
	case depth > maxDepth:
		return nil, errDepth
	case t == nil && r.f == Text:
		return string(src), nil
	case t == nil:
		return nil, fmt.Errorf("the binary form of an unknown type cannot be read")
	}
	t = t.Under()
	switch t.Kind {
	case KindArray:
		return r.array(t, src, depth+1)
	case KindRange:
		return orNil(r.span(t, src, depth+1))
	case KindMultirange:
		return r.multirange(t, src, depth+1)
	case KindComposite:
		return r.record(t, src, depth+1)
	}
	if t.Like == pgcodec.OIDRecord {
		return r.record(t, src, depth+1)
	}
	l, ok := leafOf(t)
	switch {
	case ok:
		return l.value(src, r.f)
	case r.f == Text:
		return string(src), nil
	}
	return nil, fmt.Errorf("the binary form of %s cannot be read", t)
}

func (r valuer) array(t *Type, src []byte, depth int) (any, error) {
	a, err := r.openArray(t, src)
	if err != nil {
		return nil, err
	}
	all := make([]any, 0, a.Len)
	for elem, ok := a.Next(); ok; elem, ok = a.Next() {
		v, err := r.value(t.Elem, elem, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	if err := a.Err(); err != nil {
		return nil, err
	}
	return nest(all, a.Dims[:a.NDim]), nil
}

func (r valuer) openArray(t *Type, src []byte) (pgcodec.Array, error) {
	switch {
	case r.f == Binary:
		return pgcodec.ReadArray(src)
	case isVector(t):
		return pgcodec.ReadVectorText(src)
	}
	return pgcodec.ReadArrayText(src, delimOf(t))
}

// nest puts the elements of an array of several dimensions into slices of
// slices.
func nest(all []any, dims []pgcodec.Dim) []any {
	for i := len(dims) - 1; i > 0 && len(all) > 0; i-- {
		size := int(dims[i].Len)
		lists := make([]any, 0, len(all)/size)
		for at := 0; at < len(all); at += size {
			lists = append(lists, all[at:at+size:at+size])
		}
		all = lists
	}
	return all
}

func (r valuer) record(t *Type, src []byte, depth int) (any, error) {
	rec, err := pgcodec.ReadRecord(src)
	if r.f == Text {
		rec, err = pgcodec.ReadRecordText(src)
	}
	switch {
	case err != nil:
		return nil, err
	case t.Kind != KindComposite:
	case r.f == Text && len(t.Fields) == 0 && rec.Len == 1 && len(src) == 2:
		return Record{}, nil
	case rec.Len != len(t.Fields):
		return nil, fmt.Errorf("a %s of %d fields instead of %d", t, rec.Len, len(t.Fields))
	}
	all := make(Record, 0, rec.Len)
	for oid, val, ok := rec.Next(); ok; oid, val, ok = rec.Next() {
		f, err := r.field(t, len(all), oid, val, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return orNil(all, rec.Err())
}

func (r valuer) field(t *Type, i int, oid uint32, val []byte, depth int) (f RecordField, err error) {
	if t.Kind == KindComposite {
		f.Name = t.Fields[i].Name
	}
	if val == nil {
		return f, nil
	}
	var ft *Type // of the text of a record without a type: unknown
	if r.f == Binary || t.Kind == KindComposite {
		if ft, err = fieldType(r.c, t, i, oid); err != nil {
			return f, err
		}
	}
	f.Value, err = r.value(ft, val, depth)
	return f, err
}

func (r valuer) span(t *Type, src []byte, depth int) (v Range[any], err error) {
	form, err := pgcodec.ReadRange(src)
	if r.f == Text {
		form, err = pgcodec.ReadRangeText(src)
	}
	if err != nil || form.Empty {
		return Range[any]{Empty: form.Empty}, err
	}
	v.LowerBound, v.UpperBound = boundOf(form.Lower, form.LowerInc), boundOf(form.Upper, form.UpperInc)
	if v.Lower, err = r.value(t.Elem, form.Lower, depth); err != nil {
		return v, err
	}
	v.Upper, err = r.value(t.Elem, form.Upper, depth)
	return v, err
}

func boundOf(form []byte, inclusive bool) Bound {
	switch {
	case form == nil:
		return Unbounded
	case inclusive:
		return Inclusive
	}
	return Exclusive
}

func (r valuer) multirange(t *Type, src []byte, depth int) (any, error) {
	m, err := pgcodec.ReadMultirange(src)
	if r.f == Text {
		m, err = pgcodec.ReadMultirangeText(src)
	}
	if err != nil {
		return nil, err
	}
	if t.Elem == nil {
		return nil, fmt.Errorf("the ranges of %s are not known", t)
	}
	all := make(Multirange[any], 0, m.Len)
	for form, ok := m.Next(); ok; form, ok = m.Next() {
		one, err := r.span(t.Elem.Under(), form, depth)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return orNil(all, m.Err())
}
