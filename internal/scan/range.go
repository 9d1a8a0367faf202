package scan

import (
	"reflect"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// rangeLayout is where the fields of a pgtype.Range are.
type rangeLayout struct {
	bound                  reflect.Type
	lower, upper           uintptr
	lowerBound, upperBound uintptr
	empty                  uintptr
}

func rangeOf(typ reflect.Type) rangeLayout {
	offset := func(name string) uintptr {
		f, _ := typ.FieldByName(name)
		return f.Offset
	}
	lower, _ := typ.FieldByName("Lower")
	return rangeLayout{lower.Type, lower.Offset, offset("Upper"), offset("LowerBound"), offset("UpperBound"), offset("Empty")}
}

// rangeReader reads ranges into a pgtype.Range.
func (k *compiler) rangeReader(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	at := rangeOf(typ)
	bound, err := k.read(t.Elem, at.bound)
	if err != nil {
		return Reader{}, err
	}
	open, clear := pgcodec.ReadRangeText, zero(typ)
	if k.format == pgtype.Binary {
		open = pgcodec.ReadRange
	}
	return Reader{fn: func(m *Memory, b []byte, p Pointer) error {
		r, err := open(b)
		if err == nil {
			err = clear(p)
		}
		if err != nil {
			return err
		}
		*At[bool](p.Add(at.empty)) = r.Empty
		if r.Empty {
			return nil
		}
		*At[pgtype.Bound](p.Add(at.lowerBound)) = boundOf(r.Lower, r.LowerInc)
		*At[pgtype.Bound](p.Add(at.upperBound)) = boundOf(r.Upper, r.UpperInc)
		if r.Lower != nil {
			if err := bound.Read(m, r.Lower, p.Add(at.lower)); err != nil {
				return within(err, "lower bound")
			}
		}
		if r.Upper != nil {
			return within(bound.Read(m, r.Upper, p.Add(at.upper)), "upper bound")
		}
		return nil
	}}, nil
}

func boundOf(form []byte, inclusive bool) pgtype.Bound {
	switch {
	case form == nil:
		return pgtype.Unbounded
	case inclusive:
		return pgtype.Inclusive
	}
	return pgtype.Exclusive
}

// multirangeReader reads multiranges into slices of ranges.
func (k *compiler) multirangeReader(t *pgtype.Type, typ reflect.Type) (Reader, error) {
	inner, err := k.read(t.Elem, typ.Elem())
	if err != nil {
		return Reader{}, err
	}
	open, size := pgcodec.ReadMultirangeText, typ.Elem().Size()
	if k.format == pgtype.Binary {
		open = pgcodec.ReadMultirange
	}
	return Reader{null: nilSlice, fn: func(m *Memory, b []byte, p Pointer) error {
		list, err := open(b)
		if err != nil {
			return err
		}
		n := list.Len
		data := makeElements(typ, n)
		for i := range n {
			form, ok := list.Next()
			if !ok {
				break
			}
			if err := inner.Read(m, form, data.Add(uintptr(i)*size)); err != nil {
				return within(err, "range %d", i+1)
			}
		}
		if list.Next(); list.Err() != nil {
			return list.Err()
		}
		p.setSlice(data, n)
		return nil
	}}, nil
}

// writeRange writes a pgtype.Range.
func (k *writeCompiler) writeRange(t *pgtype.Type, typ reflect.Type) (Writer, error) {
	at := rangeOf(typ)
	bound, err := k.write(t.Elem, at.bound)
	if err != nil {
		return Writer{}, err
	}
	w := rangeWriter{at, bound}
	if k.format == pgtype.Text {
		return Writer{fn: w.text}, nil
	}
	return Writer{fn: w.binary}, nil
}

type rangeWriter struct {
	at    rangeLayout
	bound Writer
}

func (w rangeWriter) bounds(p Pointer) (lower, upper pgtype.Bound, empty bool) {
	return *At[pgtype.Bound](p.Add(w.at.lowerBound)), *At[pgtype.Bound](p.Add(w.at.upperBound)), *At[bool](p.Add(w.at.empty))
}

func (w rangeWriter) binary(dst []byte, p Pointer) (_ []byte, err error) {
	lower, upper, empty := w.bounds(p)
	dst = pgcodec.AppendRangeFlags(dst, empty, lower != pgtype.Unbounded, upper != pgtype.Unbounded,
		lower == pgtype.Inclusive, upper == pgtype.Inclusive)
	if empty {
		return dst, nil
	}
	if lower != pgtype.Unbounded {
		if dst, err = w.append(dst, p.Add(w.at.lower)); err != nil {
			return dst, within(err, "lower bound")
		}
	}
	if upper != pgtype.Unbounded {
		dst, err = w.append(dst, p.Add(w.at.upper))
	}
	return dst, within(err, "upper bound")
}

// append appends a bound, which cannot be NULL.
func (w rangeWriter) append(dst []byte, p Pointer) ([]byte, error) {
	if w.bound.null != nil && w.bound.null(p) {
		return dst, errNull
	}
	return w.bound.Append(dst, p)
}

func (w rangeWriter) text(dst []byte, p Pointer) (_ []byte, err error) {
	lower, upper, empty := w.bounds(p)
	if empty {
		return append(dst, "empty"...), nil
	}
	open, end := byte('('), byte(')')
	if lower == pgtype.Inclusive {
		open = '['
	}
	if upper == pgtype.Inclusive {
		end = ']'
	}
	dst = append(dst, open)
	if lower != pgtype.Unbounded {
		if dst, err = w.appendText(dst, p.Add(w.at.lower)); err != nil {
			return dst, within(err, "lower bound")
		}
	}
	dst = append(dst, ',')
	if upper != pgtype.Unbounded {
		if dst, err = w.appendText(dst, p.Add(w.at.upper)); err != nil {
			return dst, within(err, "upper bound")
		}
	}
	return append(dst, end), nil
}

func (w rangeWriter) appendText(dst []byte, p Pointer) ([]byte, error) {
	if w.bound.null != nil && w.bound.null(p) {
		return dst, errNull
	}
	start := len(dst)
	dst, err := w.bound.fn(dst, p)
	if err != nil {
		return dst, err
	}
	return pgcodec.QuoteBound(dst, start), nil
}

// writeMultirange writes a slice of ranges.
func (k *writeCompiler) writeMultirange(t *pgtype.Type, typ reflect.Type) (Writer, error) {
	inner, err := k.write(t.Elem, typ.Elem())
	if err != nil {
		return Writer{}, err
	}
	size, text := typ.Elem().Size(), k.format == pgtype.Text
	return Writer{null: nullIf(reflect.Slice), fn: func(dst []byte, p Pointer) ([]byte, error) {
		data, n := p.elements()
		dst = openMultirange(dst, n, text)
		for i := range n {
			if text && i > 0 {
				dst = append(dst, ',')
			}
			write := inner.Append
			if text {
				write = inner.fn
			}
			var err error
			if dst, err = write(dst, data.Add(uintptr(i)*size)); err != nil {
				return dst, within(err, "range %d", i+1)
			}
		}
		if text {
			dst = append(dst, '}')
		}
		return dst, nil
	}}, nil
}

func openMultirange(dst []byte, n int, text bool) []byte {
	if text {
		return append(dst, '{')
	}
	return append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
