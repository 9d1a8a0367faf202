package scan

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"parley/pgtype"
)

// coin is a value as packages of decimals have them: it goes through
// database/sql as text.
type coin struct{ cents int64 }

func (c coin) Value() (driver.Value, error) {
	if c.cents < 0 {
		return nil, errors.New("no debts")
	}
	return fmt.Sprintf("%d.%02d", c.cents/100, c.cents%100), nil
}

func (c *coin) Scan(src any) error {
	s, ok := src.(string)
	var whole, rest int64
	if _, err := fmt.Sscanf(s, "%d.%d", &whole, &rest); !ok || err != nil {
		return fmt.Errorf("no coin: %v", src)
	}
	c.cents = whole*100 + rest
	return nil
}

// blob goes through database/sql as bytes.
type blob [1]byte

func (b blob) Value() (driver.Value, error) { return b[:], nil }

// word reads and writes text, and bytes where they are asked for.
type word string

func (w word) MarshalText() ([]byte, error)    { return []byte("<" + string(w) + ">"), nil }
func (w *word) UnmarshalText(b []byte) error   { *w = word(strings.Trim(string(b), "<>")); return nil }
func (w word) MarshalBinary() ([]byte, error)  { return []byte(w), nil }
func (w *word) UnmarshalBinary(b []byte) error { *w = word(b); return nil }

// seen keeps what Scan was given.
type seen struct{ v any }

func (s *seen) Scan(src any) error { s.v = src; return nil }

// own reads and writes itself.
type own struct{ f pgtype.Format }

func (o *own) ScanPG(_ []byte, _ *pgtype.Type, f pgtype.Format) error { o.f = f; return nil }

func (o own) AppendPG(dst []byte, t *pgtype.Type, f pgtype.Format) ([]byte, error) {
	if f == pgtype.Binary && t.OID != oidInt4 {
		return dst, pgtype.ErrFormat
	}
	if f == pgtype.Text {
		return append(dst, '9'), nil
	}
	return append(dst, 0, 0, 0, 9), nil
}

// Scan is given what a driver of database/sql gives, whatever the format.
func TestScannerSees(t *testing.T) {
	s := withTypes(t)
	for sql, want := range map[string]any{
		"7::int2": int64(7), "1.5::float4": 1.5, "true": true, "'x'::text": "x", `'\x01'::bytea`: []byte{1}, `'{"a":1}'::json`: []byte(`{"a":1}`),
		"'2024-01-02'::date": day(2024, 1, 2), "'2024-01-02'::timestamptz": day(2024, 1, 2), "'happy'::mood": "happy", "null::int4": nil,
	} {
		for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
			s.does("set timezone = 'UTC'")
			cols, a, err := s.query("select "+sql, f, NewParams(nil, nil))
			if err != nil {
				t.Fatal(err)
			}
			var v seen
			if err := NewDests(&s.cat, cols).Read(&Memory{}, a.rows[0], []any{&v}); err != nil || !reflect.DeepEqual(v.v, want) {
				t.Errorf("%s, format %d: %#v, %v", sql, f, v.v, err)
			}
		}
	}
}

func TestMethodsBothWays(t *testing.T) {
	s := withTypes(t)
	for _, test := range []struct {
		sql  string
		want any
	}{
		{"1.50::numeric", coin{150}}, {"1.50::numeric", &coin{150}}, {"array[1.50, 2.25]::numeric[]", []coin{{150}, {225}}}, {"null::numeric", (*coin)(nil)},
		{"'<x>'::text", word("x")}, {`'\x78'::bytea`, word("x")}, {"'{<x>,<y>}'::text[]", []word{"x", "y"}},
	} {
		for _, f := range []pgtype.Format{pgtype.Text, pgtype.Binary} {
			s.reads(test.sql, f, test.want)
		}
		a := s.describe("select " + test.sql)
		s.comes("select $1 is not distinct from "+test.sql, NewParams(&s.cat, []*pgtype.Type{s.cat.Type(a.cols[0].Type)}), test.want)
	}
	s.comes("select $1 = 9::int4", NewParams(&s.cat, []*pgtype.Type{s.cat.Type(oidInt4)}), own{})
	s.comes("select $1 = 9::int8", NewParams(&s.cat, []*pgtype.Type{s.cat.Type(oidInt8)}), own{})
	s.comes("select $1 = '{9}'::int8[]", NewParams(&s.cat, []*pgtype.Type{s.cat.Type(1016)}), []own{{}})
	var o own
	cols, a, err := s.query("select 1", pgtype.Binary, NewParams(nil, nil))
	if err == nil {
		err = NewDests(nil, cols).Read(&Memory{}, a.rows[0], []any{&o})
	}
	if err != nil || o.f != pgtype.Binary {
		t.Errorf("%v, %v", o, err)
	}
}

// What a method says about a value is not repeated, but can be got at.
func TestMethodsRefuse(t *testing.T) {
	var v coin
	err := NewDests(nil, textColumns("a")).Read(&Memory{}, body(t, []byte("secret")), []any{&v})
	c, ok := errors.AsType[*ColumnError](err)
	if !ok || c.Problem != "Scan refused the value" || c.Err == nil || !strings.Contains(c.Err.Error(), "secret") || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
	_, err = NewParams(nil, nil).Append(nil, []any{coin{-1}})
	if p, ok := errors.AsType[*ParamError](err); !ok || p.Problem != "Value refused the value" || p.Err.Error() != "no debts" {
		t.Errorf("%v", err)
	}
}

// A time means the same whether the parameter's type is known or not.
func TestTimeOfUnknownType(t *testing.T) {
	s := connect(t)
	s.does("set timezone = 'America/New_York'")
	zone := time.FixedZone("", 5*3600+1800)
	for _, v := range []time.Time{
		time.Date(2024, 7, 1, 1, 2, 3, 456789000, zone), time.Date(-43, 3, 15, 12, 0, 0, 0, zone), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(12345, 1, 1, 0, 0, 0, 0, zone),
		time.Date(1850, 1, 1, 0, 0, 0, 0, time.FixedZone("", -(4*3600+56*60+2))),
	} {
		for _, typ := range []string{"timestamptz", "timestamp", "date"} {
			sql := "select $1::" + typ + "::text"
			cols, cold, err := s.query(sql, pgtype.Text, NewParams(nil, nil), v)
			if err != nil {
				t.Fatal(err)
			}
			a := s.describe(sql)
			_, hot, err := s.query(sql, pgtype.Text, NewParams(nil, []*pgtype.Type{s.cat.Type(a.params[0])}), v)
			if err != nil || len(cols) != 1 || string(cold.rows[0]) != string(hot.rows[0]) {
				t.Errorf("%v as %s: %q and %q, %v", v, typ, cold.rows, hot.rows, err)
			}
		}
	}
}

// The two words of an any are what this package takes them for.
func TestWordsOfAny(t *testing.T) {
	type one struct{ p *int }
	type pair struct{ a, b *int }
	n := 7
	for _, v := range []any{1, int8(2), true, "text", 1.5, []int{1}, [2]int{1, 2}, &n, map[string]int{"a": 1}, one{&n}, pair{&n, nil}, [1]*int{&n}, struct{}{}, [0]int{},
		time.Now(), struct {
			_ struct{}
			p *int
		}{p: &n}, uint8(200), uint64(1 << 63)} {
		typ := reflect.TypeOf(v)
		got := reflect.NewAt(typ, dataOf(&v, typ).p).Elem().Interface()
		if !reflect.DeepEqual(got, v) {
			t.Errorf("%T: %v, want %v", v, got, v)
		}
		p := reflect.New(typ)
		p.Elem().Set(reflect.ValueOf(v))
		held := p.Interface()
		word, at := open(&held)
		if put := boxOf(typ).put(at); put != held || word.p != boxOf(typ).word || Of(held) != at {
			t.Errorf("*%T: %v, want %v", v, put, held)
		}
	}
	if Of(nil).Valid() || Of(1).Valid() {
		t.Error("a pointer of what is none")
	}
}
