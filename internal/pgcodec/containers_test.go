package pgcodec_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"parley/internal/pgcodec"
)

// show reads all elements: NULL, or the text in quotes.
func show(next func() ([]byte, bool)) (all []string) {
	for v, ok := next(); ok; v, ok = next() {
		if v == nil {
			all = append(all, "NULL")
			continue
		}
		all = append(all, fmt.Sprintf("%q", v))
	}
	return all
}

func showDims(a *pgcodec.Array) string {
	var b strings.Builder
	for _, d := range a.Dims[:a.NDim] {
		fmt.Fprintf(&b, "[%d:%d]", d.Lower, int(d.Lower)+int(d.Len)-1)
	}
	return b.String()
}

var arrays = []struct{ text, dims, elems string }{
	{`{}`, "", ""},
	{`{1,2,3}`, "[1:3]", `"1" "2" "3"`},
	{`{NULL,"NULL",null,"",a}`, "[1:5]", `NULL "NULL" NULL "" "a"`},
	{`{{1,2},{3,4}}`, "[1:2][1:2]", `"1" "2" "3" "4"`},
	{`{{{{{{7}}}}}}`, "[1:1][1:1][1:1][1:1][1:1][1:1]", `"7"`},
	{`[0:1]={a,b}`, "[0:1]", `"a" "b"`},
	{`[-3:-2][5:5]={{a},{b}}`, "[-3:-2][5:5]", `"a" "b"`},
	{`{"a,b","{}","\"","\\","x\\y"," "}`, "[1:6]", `"a,b" "{}" "\"" "\\" "x\\y" " "`},
	{` { a b , "c" } `, "[1:2]", `"a b" "c"`},
	{`{a\,b\ ,\"}`, "[1:2]", `"a,b " "\""`},
	{`{{1;2}}`, "[1:1][1:1]", `"1;2"`},
}

func TestArrayText(t *testing.T) {
	for _, w := range arrays {
		a, err := pgcodec.ReadArrayText([]byte(w.text), ',')
		if err != nil {
			t.Errorf("%s: %v", w.text, err)
			continue
		}
		if got := showDims(&a); got != w.dims {
			t.Errorf("%s has the dimensions %s, want %s", w.text, got, w.dims)
		}
		count := a.Len
		all := show(a.Next)
		if got := strings.Join(all, " "); got != w.elems || len(all) != count || a.Err() != nil {
			t.Errorf("%s = %d: %s, %v, want %s", w.text, count, got, a.Err(), w.elems)
		}
	}
	a, err := pgcodec.ReadArrayText([]byte(`{(1,2),(3,4);(5,6),(7,8)}`), ';')
	if got := strings.Join(show(a.Next), " "); err != nil || got != `"(1,2),(3,4)" "(5,6),(7,8)"` {
		t.Errorf("boxes: %s, %v", got, err)
	}
}

func TestMalformedArrayText(t *testing.T) {
	for _, text := range []string{
		``, `{`, `}`, `1`, `{1`, `{1,}`, `{,1}`, `{,}`, `{{1},2}`, `{1,{2}}`, `{{1},{2,3}}`, `{{},{}}`, `{{1},{}}`, `{"a`, `{"a"b}`, `{a"b"}`,
		`{1}x`, `{1}}`, `{{{{{{{1}}}}}}}`, `[0:1]{1,2}`, `[1:0]={}`, `[0:1]={1}`, `[0:1]={{1},{2}}`, `[0]={1}`, `[x:y]={1}`, `{\`, `{"\`, `[0:1]=`,
		`[1:99999999999]={1}`, `{{1}{2}}`, `{1 2,"3"4}`,
	} {
		if a, err := pgcodec.ReadArrayText([]byte(text), ','); err == nil {
			t.Errorf("%s = %s", text, show(a.Next))
		}
	}
}

func TestVectorText(t *testing.T) {
	for text, want := range map[string]string{"": "[0:-1]", "1": `[0:0] "1"`, "1 -22 3": `[0:2] "1" "-22" "3"`} {
		a, err := pgcodec.ReadVectorText([]byte(text))
		got := strings.Join(append([]string{showDims(&a)}, show(a.Next)...), " ")
		if err != nil || got != want {
			t.Errorf("%q = %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{" ", " 1", "1 ", "1  2"} {
		if a, err := pgcodec.ReadVectorText([]byte(text)); err == nil {
			t.Errorf("%q has %d elements", text, a.Len)
		}
	}
}

// What is written is read again, whatever it is.
func TestArrayRoundTrip(t *testing.T) {
	dims := []pgcodec.Dim{{Len: 2, Lower: -1}, {Len: 1, Lower: 1}, {Len: 3, Lower: 1}}
	elems := []string{"", "NULL", `a"b\c`, "x y", "{,}", "plain"}
	text := pgcodec.AppendArrayDims(nil, dims)
	bin := pgcodec.AppendArrayHeader(nil, 25, false, dims...)
	braces := pgcodec.NewBraces(dims, ',')
	for _, e := range elems {
		text = braces.Open(text)
		start := len(text)
		text = pgcodec.QuoteElem(append(text, e...), start, ',')
		bin = append(binary.BigEndian.AppendUint32(bin, uint32(len(e))), e...)
	}
	text = braces.Close(text)
	if want := `[-1:0][1:1][1:3]={{{"","NULL","a\"b\\c"}},{{"x y","{,}",plain}}}`; string(text) != want {
		t.Errorf("text = %s, want %s", text, want)
	}
	a, err := pgcodec.ReadArrayText(text, ',')
	b, err2 := pgcodec.ReadArray(bin)
	if err != nil || err2 != nil || a.Dims != b.Dims || b.Elem != 25 {
		t.Fatalf("%+v, %v; %+v, %v", a, err, b, err2)
	}
	want := fmt.Sprintf("%q", elems)
	if got := show(a.Next); "["+strings.Join(got, " ")+"]" != want {
		t.Errorf("text = %s, want %s", got, want)
	}
	if got := show(b.Next); "["+strings.Join(got, " ")+"]" != want || b.Err() != nil {
		t.Errorf("binary = %s, %v, want %s", got, b.Err(), want)
	}
}

func TestMalformedArrays(t *testing.T) {
	head := func(ndim, flags int, dims ...int32) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(ndim))
		b = binary.BigEndian.AppendUint32(b, uint32(flags))
		b = binary.BigEndian.AppendUint32(b, 23)
		for _, d := range dims {
			b = binary.BigEndian.AppendUint32(b, uint32(d))
		}
		return b
	}
	for _, src := range [][]byte{
		nil, head(0, 0)[:11], head(7, 0), head(1, 2), head(1, 0), head(1, 0, 1), head(1, 0, -1, 1), head(1, 0, 1, 1), head(1, 0, 1<<30, 1),
		head(2, 0, 1<<30, 1, 1<<30, 1), head(1, 0, 1, 1<<31-1, -1), head(-1, 0),
	} {
		if a, err := pgcodec.ReadArray(src); err == nil {
			t.Errorf("%x = %+v", src, a)
		}
	}
	for _, src := range [][]byte{
		head(0, 0, 1), head(1, 0, 1, 1, 5), head(1, 0, 1, 1, -2), head(1, 0, 1, 1, -1, 0), head(1, 0, 2, 1, 4, 4),
	} {
		a, err := pgcodec.ReadArray(src)
		if all := show(a.Next); err == nil && a.Err() == nil {
			t.Errorf("%x = %s", src, all)
		}
	}
}

var records = []struct{ text, fields string }{
	{`()`, "NULL"},
	{`(,)`, "NULL NULL"},
	{`(1,a b,"x,y")`, `"1" "a b" "x,y"`},
	{`("","a""b","a\\b",\,)`, `"" "a\"b" "a\\b" ","`},
	{`(a"b,c"d)`, `"ab,cd"`},
	{`("(1,""(2,3)"")")`, `"(1,\"(2,3)\")"`},
}

func TestRecordText(t *testing.T) {
	for _, w := range records {
		r, err := pgcodec.ReadRecordText([]byte(w.text))
		got := show(func() ([]byte, bool) { _, v, ok := r.Next(); return v, ok })
		if err != nil || strings.Join(got, " ") != w.fields || len(got) != r.Len {
			t.Errorf("%s = %s, %v, want %s", w.text, got, err, w.fields)
		}
	}
	for _, text := range []string{``, `(`, `)`, `1`, `("a)`, `(a))`, `(a)b)`, `(\)`, `(a`} {
		if r, err := pgcodec.ReadRecordText([]byte(text)); err == nil {
			t.Errorf("%s has %d fields", text, r.Len)
		}
	}
}

func TestMalformedRecords(t *testing.T) {
	for _, src := range []string{
		"", "\x00\x00\x00\x01", "\xff\xff\xff\xff", "\x00\x00\x00\x00x", "\x00\x00\x00\x01\x00\x00\x00\x17\x00\x00\x00\x05abcd",
		"\x00\x00\x00\x01\x00\x00\x00\x17\xff\xff\xff\xfe", "\x00\x00\x00\x02\x00\x00\x00\x17\x00\x00\x00\x08abcdefgh", "\x00\x00\x00\x01\x00\x00\x00\x17\xff\xff\xff\xffx",
	} {
		r, err := pgcodec.ReadRecord([]byte(src))
		all := show(func() ([]byte, bool) { _, v, ok := r.Next(); return v, ok })
		if err == nil && r.Err() == nil {
			t.Errorf("%x = %s", src, all)
		}
	}
}

func TestQuoting(t *testing.T) {
	for in, want := range map[string][3]string{
		"":     {`""`, `""`, `""`},
		"a":    {`a`, `a`, `a`},
		"NuLl": {`"NuLl"`, `NuLl`, `NuLl`},
		`"`:    {`"\""`, `""""`, `""""`},
		`\`:    {`"\\"`, `"\\"`, `"\\"`},
		"{":    {`"{"`, `{`, `{`},
		"(":    {`(`, `"("`, `"("`},
		"]":    {`]`, `]`, `"]"`},
		",":    {`","`, `","`, `","`},
		"\v":   {"\"\v\"", "\"\v\"", "\"\v\""},
	} {
		src := func() []byte { return append([]byte("before"), in...) }
		got := [3]string{string(pgcodec.QuoteElem(src(), 6, ',')), string(pgcodec.QuoteField(src(), 6)), string(pgcodec.QuoteBound(src(), 6))}
		for i := range got {
			if got[i] != "before"+want[i] {
				t.Errorf("%q quoted as %d is %s, want %s", in, i, got[i], want[i])
			}
		}
	}
}

func TestRanges(t *testing.T) {
	for text, want := range map[string]string{
		"empty": "empty", "[1,5)": "[1 5)", "(1,5]": "(1 5]", "(,)": "(- -)", "[,5]": "(- 5]", `["a""b",\,)`: `[a"b ,)`,
		`["",")")`: "[ ))", "(-infinity,infinity]": "(-infinity infinity]", `["2024-01-01 00:00:00",)`: "[2024-01-01 00:00:00 -)",
	} {
		r, err := pgcodec.ReadRangeText([]byte(text))
		if got := showRange(r); err != nil || got != want {
			t.Errorf("%s = %s, %v, want %s", text, got, err, want)
		}
		bin := pgcodec.AppendRangeFlags(nil, r.Empty, r.Lower != nil, r.Upper != nil, r.LowerInc, r.UpperInc)
		for _, b := range [][]byte{r.Lower, r.Upper} {
			if b != nil {
				bin = append(binary.BigEndian.AppendUint32(bin, uint32(len(b))), b...)
			}
		}
		r, err = pgcodec.ReadRange(bin)
		if got := showRange(r); err != nil || got != want {
			t.Errorf("%x = %s, %v, want %s", bin, got, err, want)
		}
	}
	for _, text := range []string{"", "[", "[1", "[1,", "[1)", "1,2", "[1,2", "[1,2,3)", "[1,2)x", `["1,2)`, "{1,2}", "emptyx"} {
		if r, err := pgcodec.ReadRangeText([]byte(text)); err == nil {
			t.Errorf("%s = %s", text, showRange(r))
		}
	}
	for _, src := range []string{"", "\x20", "\x01x", "\x00", "\x18x", "\x10\xff\xff\xff\xff", "\x08\x00\x00\x00\x02a", "\x00\x00\x00\x00\x01a"} {
		if r, err := pgcodec.ReadRange([]byte(src)); err == nil {
			t.Errorf("%x = %s", src, showRange(r))
		}
	}
}

func showRange(r pgcodec.Range) string {
	if r.Empty {
		return "empty"
	}
	ends := []string{"(", "-", "-", ")"}
	if r.LowerInc {
		ends[0] = "["
	}
	if r.UpperInc {
		ends[3] = "]"
	}
	if r.Lower != nil {
		ends[1] = string(r.Lower)
	}
	if r.Upper != nil {
		ends[2] = string(r.Upper)
	}
	return ends[0] + ends[1] + " " + ends[2] + ends[3]
}

func TestMultiranges(t *testing.T) {
	for text, want := range map[string]string{"{}": "", "{[1,2)}": `"[1,2)"`, `{[1,2),("}",5],(,)}`: `"[1,2)" "(\"}\",5]" "(,)"`} {
		m, err := pgcodec.ReadMultirangeText([]byte(text))
		all := show(m.Next)
		if err != nil || strings.Join(all, " ") != want || len(all) != m.Len {
			t.Errorf("%s = %s, %v, want %s", text, all, err, want)
		}
	}
	for _, text := range []string{"", "{", "{[1,2)", "{[1,2),}", "{[1,2)[3,4)}", "{1}", "{[1,2)}}", "{,}"} {
		if m, err := pgcodec.ReadMultirangeText([]byte(text)); err == nil {
			t.Errorf("%s = %s", text, show(m.Next))
		}
	}
	good := "\x00\x00\x00\x02\x00\x00\x00\x01\x01\x00\x00\x00\x01\x18"
	m, err := pgcodec.ReadMultirange([]byte(good))
	if all := show(m.Next); err != nil || m.Err() != nil || len(all) != 2 {
		t.Errorf("%x = %s, %v, %v", good, all, err, m.Err())
	}
	for _, src := range []string{"", "\x00\x00\x00\x01", "\xff\xff\xff\xff", "\x00\x00\x00\x00x", "\x00\x00\x00\x01\x00\x00\x00\x02\x01", "\x00\x00\x00\x01\xff\xff\xff\xffx"} {
		m, err := pgcodec.ReadMultirange([]byte(src))
		if all := show(m.Next); err == nil && m.Err() == nil {
			t.Errorf("%x = %s", src, all)
		}
	}
}
