package pgtype_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"parley/pgtype"
)

func number(t *testing.T, s string) pgtype.Numeric {
	t.Helper()
	n, err := pgtype.ParseNumeric(s)
	if err != nil {
		t.Fatalf("ParseNumeric(%s): %v", s, err)
	}
	return n
}

// A Numeric is a value: it can be compared, kept in a map, and its zero is 0.
func TestNumericIsAValue(t *testing.T) {
	var zero pgtype.Numeric
	if zero.String() != "0" || zero != number(t, "0") || zero != number(t, "-0") || zero != pgtype.NumericFromInt64(0) || zero.Sign() != 0 {
		t.Errorf("the zero Numeric is %s", zero)
	}
	if number(t, "1.5") == number(t, "1.50") || number(t, "1.5").Cmp(number(t, "1.50")) != 0 {
		t.Error("1.5 and 1.50 are not of equal value, or equal")
	}
	seen := map[pgtype.Numeric]bool{number(t, "12.5"): true}
	if !seen[number(t, "+012.5e0")] || seen[number(t, "12.50")] {
		t.Error("a Numeric is not found in a map")
	}
	if n := number(t, "0.00"); n.Sign() != 0 || n.Scale() != 2 || n.String() != "0.00" {
		t.Errorf("0.00 = %s with %d decimals", n, n.Scale())
	}
	if number(t, "-0.1").Sign() != -1 || number(t, "3").Sign() != 1 || number(t, "-Infinity").Sign() != -1 || number(t, "NaN").Sign() != 0 {
		t.Error("Sign is wrong")
	}
	if !number(t, "NaN").IsNaN() || number(t, "1").IsNaN() || number(t, "Infinity").Inf() != 1 || number(t, "-Infinity").Inf() != -1 || number(t, "9").Inf() != 0 {
		t.Error("IsNaN or Inf is wrong")
	}
}

func TestNumericConversions(t *testing.T) {
	if n, err := number(t, "42.00").Int64(); n != 42 || err != nil {
		t.Errorf("Int64(42.00) = %d, %v", n, err)
	}
	if n, err := number(t, "42.5").Int64(); !errors.Is(err, pgtype.ErrLossy) {
		t.Errorf("Int64(42.5) = %d, %v", n, err)
	}
	if n, err := number(t, "1e19").Int64(); !errors.Is(err, pgtype.ErrRange) {
		t.Errorf("Int64(1e19) = %d, %v", n, err)
	}
	if f := number(t, "-0.1").Float64(); f != -0.1 {
		t.Errorf("Float64(-0.1) = %v", f)
	}
	if n := pgtype.NumericFromFloat64(0.1); n.String() != "0.1" {
		t.Errorf("0.1 = %s", n)
	}
	if n := pgtype.NumericFromFloat64(math.Inf(-1)); n.Inf() != -1 {
		t.Errorf("-Inf = %s", n)
	}
	if i, err := number(t, "120.00").BigInt(); err != nil || i.Cmp(big.NewInt(120)) != 0 {
		t.Errorf("BigInt(120.00) = %v, %v", i, err)
	}
	if i, err := number(t, "120.01").BigInt(); !errors.Is(err, pgtype.ErrLossy) {
		t.Errorf("BigInt(120.01) = %v, %v", i, err)
	}
	for _, s := range []string{"NaN", "Infinity", "-Infinity"} {
		if i, err := number(t, s).BigInt(); !errors.Is(err, pgtype.ErrInfinite) {
			t.Errorf("BigInt(%s) = %v, %v", s, i, err)
		}
		if r, err := number(t, s).Rat(); !errors.Is(err, pgtype.ErrInfinite) {
			t.Errorf("Rat(%s) = %v, %v", s, r, err)
		}
	}
	if r, err := number(t, "-1.25").Rat(); err != nil || r.Cmp(big.NewRat(-5, 4)) != 0 {
		t.Errorf("Rat(-1.25) = %v, %v", r, err)
	}
	if n, err := pgtype.NumericFromBig(big.NewInt(-12345), -3); err != nil || n.String() != "-12.345" {
		t.Errorf("-12345*10^-3 = %s, %v", n, err)
	}
	if _, err := pgtype.NumericFromBig(big.NewInt(1), math.MaxInt32); !errors.Is(err, pgtype.ErrRange) {
		t.Errorf("10^(2^31): %v", err)
	}
}

func TestNumericInJSON(t *testing.T) {
	b, err := json.Marshal(struct{ N pgtype.Numeric }{number(t, "1.50")})
	if err != nil || string(b) != `{"N":"1.50"}` {
		t.Errorf("Marshal = %s, %v", b, err)
	}
	var v struct{ N pgtype.Numeric }
	if err := json.Unmarshal(b, &v); err != nil || v.N != number(t, "1.50") {
		t.Errorf("Unmarshal = %v, %v", v, err)
	}
}

// A Numeric is read from integers, floats and texts too.
func TestNumericFromOtherTypes(t *testing.T) {
	for _, w := range []struct {
		name, form string
		f          pgtype.Format
		want       string
	}{
		{"int2", "\xff\xff", pgtype.Binary, "-1"}, {"int4", "\x00\x01\x00\x00", pgtype.Binary, "65536"}, {"int8", "\x80\x00\x00\x00\x00\x00\x00\x00", pgtype.Binary, "-9223372036854775808"},
		{"float8", "\x3f\xb9\x99\x99\x99\x99\x99\x9a", pgtype.Binary, "0.1"}, {"float4", "\x80\x00\x00\x00", pgtype.Binary, "0"}, {"float8", "1e+20", pgtype.Text, "100000000000000000000"},
		{"int4", "17", pgtype.Text, "17"}, {"text", "1.50", pgtype.Binary, "1.50"}, {"varchar", "NaN", pgtype.Text, "NaN"}, {"numeric", "-3", pgtype.Text, "-3"},
	} {
		var n pgtype.Numeric
		if err := n.ScanPG([]byte(w.form), builtinNamed(w.name), w.f); err != nil || n.String() != w.want {
			t.Errorf("%s %q = %s, %v, want %s", w.name, w.form, n, err, w.want)
		}
	}
	n := number(t, "7")
	for _, w := range []struct{ name, form string }{
		{"bool", "\x01"}, {"numeric", ""}, {"numeric", "\x00\x01"}, {"int4", "\x01"}, {"text", "zzz"}, {"money", "12345678"}, {"bytea", "1"},
	} {
		if err := n.ScanPG([]byte(w.form), builtinNamed(w.name), pgtype.Binary); err == nil {
			t.Errorf("%s %q = %s", w.name, w.form, n)
		} else if w.form != "" && strings.Contains(err.Error(), w.form) {
			t.Errorf("the error shows the value: %v", err)
		}
	}
}

func TestMoney(t *testing.T) {
	for text, want := range map[string]pgtype.Money{
		"$1,234.56": 123456, "-$0.01": -1, "$.05": -99, "1.234,56 €": 123456, "($1.00)": -100, "1 234,50 kr": 123450, "Rs.1,00,000.25": 10000025, "CHF 1'234.50": 123450,
	} {
		var m pgtype.Money
		err := m.ScanPG([]byte(text), builtinNamed("money"), pgtype.Text)
		if want == -99 {
			continue // no server writes so; either is fine
		}
		if err != nil || m != want {
			t.Errorf("%s = %d, %v, want %d", text, m, err, want)
		}
	}
	for _, text := range []string{"", "¥1,234", "¥12", "1.234", "1.234,567", "$", "x.12", "99999999999999999999.99"} {
		var m pgtype.Money
		if err := m.ScanPG([]byte(text), builtinNamed("money"), pgtype.Text); err == nil {
			t.Errorf("%s = %d", text, m)
		}
	}
	if v, err := pgtype.Value(nil, builtinNamed("money"), pgtype.Text, []byte("¥1,234")); err != nil || v != "¥1,234" {
		t.Errorf("Value = %v, %v", v, err)
	}
	if _, err := pgtype.Money(1).AppendPG(nil, builtinNamed("money"), pgtype.Text); !errors.Is(err, pgtype.ErrFormat) {
		t.Errorf("money is written as text: %v", err)
	}
	if got := pgtype.Money(math.MinInt64).String(); got != "-$92,233,720,368,547,758.08" {
		t.Errorf("the least money is %s", got)
	}
}
