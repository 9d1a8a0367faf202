package pgcodec_test

import (
	"bytes"
	"math/big"
	"slices"
	"strings"
	"testing"

	"parley/internal/pgcodec"
)

// collect copies all elements.
func collect(next func() ([]byte, bool)) (all [][]byte) {
	for v, ok := next(); ok; v, ok = next() {
		all = append(all, bytes.Clone(v))
	}
	return all
}

func equal(a, b [][]byte) bool {
	return slices.EqualFunc(a, b, func(x, y []byte) bool { return (x == nil) == (y == nil) && bytes.Equal(x, y) })
}

// FuzzArrayText: an array that is read can be written, and is the same array.
func FuzzArrayText(f *testing.F) {
	for _, w := range arrays {
		f.Add([]byte(w.text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		a, err := pgcodec.ReadArrayText(src, ',')
		if err != nil {
			return
		}
		dims, count := slices.Clone(a.Dims[:a.NDim]), a.Len
		elems := collect(a.Next)
		if len(elems) != count || a.Err() != nil {
			t.Fatalf("%q: %d elements of %d, %v", src, len(elems), count, a.Err())
		}
		if count == 0 {
			return
		}
		text := pgcodec.AppendArrayDims(nil, dims)
		braces := pgcodec.NewBraces(dims, ',')
		for _, e := range elems {
			text = braces.Open(text)
			if e == nil {
				text = append(text, "NULL"...)
				continue
			}
			start := len(text)
			text = pgcodec.QuoteElem(append(text, e...), start, ',')
		}
		text = braces.Close(text)
		b, err := pgcodec.ReadArrayText(text, ',')
		if err != nil || !slices.Equal(b.Dims[:b.NDim], dims) || !equal(collect(b.Next), elems) {
			t.Fatalf("%q is written as %q: %v", src, text, err)
		}
	})
}

// FuzzRecordText does the same with records and ranges.
func FuzzRecordText(f *testing.F) {
	for _, w := range records {
		f.Add([]byte(w.text))
	}
	f.Add([]byte(`["a""b",c)`))
	f.Add([]byte(`{[1,2),("}",5],(,)}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if r, err := pgcodec.ReadRangeText(src); err == nil && !r.Empty {
			checkRange(t, src, r)
		}
		if m, err := pgcodec.ReadMultirangeText(src); err == nil {
			count := m.Len
			for _, form := range collect(m.Next) {
				count--
				if r, err := pgcodec.ReadRangeText(form); err == nil && !r.Empty {
					checkRange(t, form, r)
				}
			}
			if count != 0 {
				t.Fatalf("%q: %d ranges are missing", src, count)
			}
		}
		r, err := pgcodec.ReadRecordText(src)
		if err != nil {
			return
		}
		next := func() ([]byte, bool) { _, v, ok := r.Next(); return v, ok }
		fields := collect(next)
		text := []byte("(")
		for i, e := range fields {
			if i > 0 {
				text = append(text, ',')
			}
			if e != nil {
				start := len(text)
				text = pgcodec.QuoteField(append(text, e...), start)
			}
		}
		text = append(text, ')')
		if r, err = pgcodec.ReadRecordText(text); err != nil || !equal(collect(next), fields) {
			t.Fatalf("%q is written as %q: %v", src, text, err)
		}
	})
}

func checkRange(t *testing.T, src []byte, r pgcodec.Range) {
	t.Helper()
	text := []byte{"(["[index(r.LowerInc)]}
	if r.Lower != nil {
		text = pgcodec.QuoteBound(append(text, r.Lower...), 1)
	}
	text = append(text, ',')
	if start := len(text); r.Upper != nil {
		text = pgcodec.QuoteBound(append(text, r.Upper...), start)
	}
	text = append(text, ")]"[index(r.UpperInc)])
	again, err := pgcodec.ReadRangeText(text)
	if err != nil || showRange(again) != showRange(r) {
		t.Fatalf("%q is written as %q: %v", src, text, err)
	}
}

func index(b bool) int {
	if b {
		return 1
	}
	return 0
}

// FuzzNumericText: big.Rat reads the same number, and the text is read again.
func FuzzNumericText(f *testing.F) {
	for _, w := range numbers {
		f.Add(w.text[:min(len(w.text), 50)])
	}
	f.Add("1.5e-3")
	f.Add("0E10000000000000000000")
	f.Fuzz(func(t *testing.T, src string) {
		form, err := pgcodec.ParseNumeric(nil, src)
		if err != nil {
			return
		}
		canonical, err := pgcodec.AppendNumericBinary(nil, form)
		if err != nil || !bytes.Equal(canonical, form) {
			t.Fatalf("%q is %x, and %x when canonical: %v", src, form, canonical, err)
		}
		text, err := pgcodec.AppendNumeric(nil, form)
		if err != nil {
			t.Fatal(err)
		}
		again, err := pgcodec.ParseNumeric(nil, text)
		if err != nil || !bytes.Equal(again, form) {
			t.Fatalf("%q is written as %q, which is %x, %v instead of %x", src, text, again, err, form)
		}
		if !pgcodec.NumericSignOf(form).Finite() || len(text) > 1000 {
			return
		}
		want, ok := new(big.Rat).SetString(strings.Trim(src, " \t\n\v\f\r"))
		if !ok {
			return // 0 with an exponent that is too much for big.Rat
		}
		got, ok := new(big.Rat).SetString(string(text))
		if !ok || got.Cmp(want) != 0 {
			t.Fatalf("%q is written as %q", src, text)
		}
		exact, _ := got.Float64()
		if float, err := pgcodec.NumericFloat64(form); err != nil || float != exact {
			t.Fatalf("NumericFloat64(%s) = %v, %v, want %v", text, float, err, exact)
		}
		n, err := pgcodec.NumericInt64(form)
		if fits := got.IsInt() && got.Num().IsInt64(); fits != (err == nil) || fits && got.Num().Int64() != n {
			t.Fatalf("NumericInt64(%s) = %d, %v", text, n, err)
		}
	})
}

// FuzzTimes: dates, times and intervals that are read can be written, and are
// read as the same.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{"2024-02-29", "0044-03-15 BC", "2024-06-01 12:30:45.5-05:30 BC", "24:00:00", "12:00:00+05:30:15", "infinity"} {
		f.Add(s)
	}
	for _, w := range intervals {
		f.Add(w.postgres)
		f.Add(w.verbose)
		f.Add(w.iso)
		f.Add(w.std)
	}
	f.Fuzz(func(t *testing.T, src string) {
		again := func(what string, v, w any, text []byte, err error) {
			t.Helper()
			if err != nil || v != w {
				t.Fatalf("%s %q = %v is written as %q, which is %v, %v", what, src, v, text, w, err)
			}
		}
		if v, err := pgcodec.ParseDate(src); err == nil {
			text := pgcodec.AppendDate(nil, v)
			w, err := pgcodec.ParseDate(text)
			again("date", v, w, text, err)
		}
		if v, err := pgcodec.ParseTimestamp(src); err == nil {
			text := pgcodec.AppendTimestamp(nil, v)
			w, err := pgcodec.ParseTimestamp(text)
			again("timestamp", v, w, text, err)
		}
		if v, err := pgcodec.ParseTimestamptz(src); err == nil {
			text := pgcodec.AppendTimestamptz(nil, v)
			w, err := pgcodec.ParseTimestamptz(text)
			again("timestamptz", v, w, text, err)
		}
		if v, err := pgcodec.ParseTime(src); err == nil {
			text := pgcodec.AppendTime(nil, v)
			w, err := pgcodec.ParseTime(text)
			again("time", v, w, text, err)
		}
		if v, offset, err := pgcodec.ParseTimeTZ(src); err == nil {
			text := pgcodec.AppendTimeTZ(nil, v, offset)
			w, offset2, err := pgcodec.ParseTimeTZ(text)
			again("timetz", v+int64(offset)<<40, w+int64(offset2)<<40, text, err)
		}
		if v, err := pgcodec.ParseInterval(src); err == nil {
			text := pgcodec.AppendInterval(nil, v)
			w, err := pgcodec.ParseInterval(text)
			again("interval", v, w, text, err)
		}
	})
}
