package pgcodec_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"parley/internal/pgcodec"
)

// numbers are texts as a server prints them, with what else they are.
var numbers = []struct {
	text string
	i    int64
	iErr error
	f    float64
}{
	{"0", 0, nil, 0},
	{"0.000", 0, nil, 0},
	{"1", 1, nil, 1},
	{"-1", -1, nil, -1},
	{"10000", 10000, nil, 10000},
	{"9999", 9999, nil, 9999},
	{"12345678.9", 0, pgcodec.ErrLossy, 12345678.9},
	{"100.00", 100, nil, 100},
	{"0.1", 0, pgcodec.ErrLossy, 0.1},
	{"0.00001", 0, pgcodec.ErrLossy, 1e-5},
	{"-0.0000000000000000000001", 0, pgcodec.ErrLossy, -1e-22},
	{"9223372036854775807", math.MaxInt64, nil, 9.223372036854775807e18},
	{"-9223372036854775808", math.MinInt64, nil, -9.223372036854775808e18},
	{"9223372036854775808", 0, pgcodec.ErrRange, 9.223372036854775807e18},
	{"-9223372036854775809", 0, pgcodec.ErrRange, -9.223372036854775808e18},
	{"100000000000000000000", 0, pgcodec.ErrRange, 1e20},
	{"1" + strings.Repeat("0", 1000), 0, pgcodec.ErrRange, math.Inf(1)},
	{"0." + strings.Repeat("0", 999) + "1", 0, pgcodec.ErrLossy, 0},
	{"NaN", 0, pgcodec.ErrRange, math.NaN()},
	{"Infinity", 0, pgcodec.ErrRange, math.Inf(1)},
	{"-Infinity", 0, pgcodec.ErrRange, math.Inf(-1)},
	{"1" + strings.Repeat("0", 131071), 0, pgcodec.ErrRange, math.Inf(1)},
	{"9." + strings.Repeat("9", 16383), 0, pgcodec.ErrLossy, 10},
}

func TestNumeric(t *testing.T) {
	for _, w := range numbers {
		name := w.text[:min(len(w.text), 30)]
		form, err := pgcodec.ParseNumeric(nil, w.text)
		if err != nil {
			t.Errorf("ParseNumeric(%s): %v", name, err)
			continue
		}
		if got, err := pgcodec.AppendNumeric(nil, form); err != nil || string(got) != w.text {
			t.Errorf("AppendNumeric(%s) = %.40q, %v", name, got, err)
		}
		if got, err := pgcodec.AppendNumericBinary(nil, form); err != nil || string(got) != string(form) {
			t.Errorf("AppendNumericBinary(%s) = %x, %v, want %x", name, got, err, form)
		}
		if got, err := pgcodec.NumericInt64(form); got != w.i || !errors.Is(err, w.iErr) {
			t.Errorf("NumericInt64(%s) = %d, %v, want %d, %v", name, got, err, w.i, w.iErr)
		}
		got, err := pgcodec.NumericFloat64(form)
		if err != nil || got != w.f && !(math.IsNaN(got) && math.IsNaN(w.f)) {
			t.Errorf("NumericFloat64(%s) = %v, %v, want %v", name, got, err, w.f)
		}
	}
}

// Texts that are not as the server prints them.
func TestParseNumericSpellings(t *testing.T) {
	for in, want := range map[string]string{
		"+5": "5", ".5": "0.5", "5.": "5", "007": "7", " 1 ": "1", "-0": "0", "-0.00": "0.00", "nan": "NaN",
		"inf": "Infinity", "-INF": "-Infinity", "+Infinity": "Infinity", "1e3": "1000", "1E+3": "1000",
		"1.5e-3": "0.0015", "12345e-2": "123.45", "1.50e1": "15.0", "1e-16383": "0." + strings.Repeat("0", 16382) + "1",
		"0e100": "0", "0e-5": "0.00000", "00000000000000000001.20": "1.20", "1e1000": "1" + strings.Repeat("0", 1000),
	} {
		form, err := pgcodec.ParseNumeric(nil, in)
		if err != nil {
			t.Errorf("ParseNumeric(%s): %v", in, err)
			continue
		}
		if got, err := pgcodec.AppendNumeric(nil, form); err != nil || string(got) != want {
			t.Errorf("%s = %.40s, %v, want %.40s", in, got, err, want)
		}
	}
	for _, in := range []string{"", " ", "-", ".", "e5", "1e", "1e+", "1 2", "0x10", "1_000", "--1", "1e5x", "NaNa", "-NaN", "1e200000", "1e-16384", "1e99999999999999999999"} {
		if form, err := pgcodec.ParseNumeric(nil, in); err == nil || len(form) > 0 {
			t.Errorf("ParseNumeric(%q) = %x, %v", in, form, err)
		}
	}
}

// Integers and floats take a way of their own to the same form.
func TestNumericFromNumbers(t *testing.T) {
	check := func(got []byte, text string) {
		t.Helper()
		if want, _ := pgcodec.ParseNumeric(nil, text); string(got) != string(want) {
			t.Errorf("%s = %x, want %x", text, got, want)
		}
	}
	for range 2000 {
		n := rand.Int64() >> rand.IntN(63)
		if rand.IntN(2) == 0 {
			n = -n
		}
		check(pgcodec.AppendNumericInt64(nil, n), strconv.FormatInt(n, 10))
		check(pgcodec.AppendNumericUint64(nil, uint64(n)), strconv.FormatUint(uint64(n), 10))
		f := math.Float64frombits(rand.Uint64())
		text := strings.ToLower(strconv.FormatFloat(f, 'f', -1, 64))
		check(pgcodec.AppendNumericFloat64(nil, f), text)
		form := pgcodec.AppendNumericFloat64(nil, f)
		if back, err := pgcodec.NumericFloat64(form); err != nil || back != f && !math.IsNaN(f) {
			t.Errorf("%v comes back as %v, %v", f, back, err)
		}
	}
	for _, n := range []int64{0, math.MaxInt64, math.MinInt64, 10000, 100000000} {
		check(pgcodec.AppendNumericInt64(nil, n), strconv.FormatInt(n, 10))
	}
	check(pgcodec.AppendNumericUint64(nil, math.MaxUint64), "18446744073709551615")
}

// big.Rat is the slow and obvious one.
func TestNumericFloatIsTheNearest(t *testing.T) {
	for range 5000 {
		text := fmt.Sprintf("%d.%0*d", rand.Int64N(1<<rand.IntN(62)+1), 1+rand.IntN(20), rand.Int64N(1<<rand.IntN(62)+1))
		form, err := pgcodec.ParseNumeric(nil, text)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := new(big.Rat).SetString(text)
		want, _ := r.Float64()
		if got, err := pgcodec.NumericFloat64(form); err != nil || got != want {
			t.Errorf("NumericFloat64(%s) = %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestNumericBig(t *testing.T) {
	for _, w := range []struct {
		n    string
		exp  int32
		text string
	}{
		{"0", 0, "0"}, {"15", -1, "1.5"}, {"-15", -1, "-1.5"}, {"100", -2, "1.00"},
		{"123456789012345678901234567890", -10, "12345678901234567890.1234567890"},
	} {
		n, _ := new(big.Int).SetString(w.n, 10)
		form, err := pgcodec.AppendNumericBig(nil, n, w.exp)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pgcodec.AppendNumeric(nil, form); err != nil || string(got) != w.text {
			t.Errorf("%s*10^%d = %s, %v, want %s", w.n, w.exp, got, err, w.text)
		}
		if back, exp, err := pgcodec.NumericBig(form); err != nil || back.Cmp(n) != 0 || exp != w.exp {
			t.Errorf("NumericBig(%s) = %v, %d, %v", w.text, back, exp, err)
		}
	}
	if form, err := pgcodec.AppendNumericBig(nil, big.NewInt(3), 3); err != nil || string(form) != string(pgcodec.AppendNumericInt64(nil, 3000)) {
		t.Errorf("3*10^3 = %x, %v", form, err)
	}
	huge := new(big.Int).Lsh(big.NewInt(1), 1<<20)
	if _, err := pgcodec.AppendNumericBig(nil, huge, 0); !errors.Is(err, pgcodec.ErrRange) {
		t.Errorf("2^2^20: %v", err)
	}
	nan, _ := pgcodec.ParseNumeric(nil, "NaN")
	if _, _, err := pgcodec.NumericBig(nan); !errors.Is(err, pgcodec.ErrInfinite) {
		t.Errorf("NumericBig(NaN): %v", err)
	}
}

// Forms that no server sends are understood or refused, and made canonical.
func TestNumericForms(t *testing.T) {
	for _, w := range []struct{ form, text string }{
		{"\x00\x02\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00", "5"},   // a zero at the end
		{"\x00\x02\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05", "5"},   // and at the start
		{"\x00\x02\x00\x00\x00\x00\x00\x01\x00\x05\x04\xd2", "5.1"}, // 5.1234 shown with one decimal
		{"\x00\x02\x00\x00\x40\x00\x00\x00\x00\x05\x04\xd2", "-5"},  // and with none
		{"\x00\x01\xff\xff\x40\x00\x00\x01\x00\x05", "0.0"},         // -0.0005 with one
		{"\x00\x00\x00\x07\x40\x00\x00\x02", "0.00"},                // -0
		{"\x00\x00\x00\x07\xc0\x00\x00\x02", "NaN"},                 // NaN with decimals
		{"\x00\x03\x00\x00\x00\x00\x00\x05\x00\x01\x00\x00\x00\x01", "1.00000"},
	} {
		form, err := pgcodec.AppendNumericBinary(nil, w.form)
		if err != nil {
			t.Errorf("%x: %v", w.form, err)
			continue
		}
		if got, err := pgcodec.AppendNumeric(nil, form); err != nil || string(got) != w.text {
			t.Errorf("%x = %s, %v, want %s", w.form, got, err, w.text)
		}
		if want, _ := pgcodec.ParseNumeric(nil, w.text); string(form) != string(want) {
			t.Errorf("%x is %x, want %x", w.form, form, want)
		}
	}
	for _, form := range []string{
		"\x00", "\x00\x00\x00\x00\x00\x00\x00", "\x00\x01\x00\x00\x00\x00\x00\x00", "\xff\xff\x00\x00\x00\x00\x00\x00",
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x00\x00\x00\x00\x12\x34\x00\x00", "\x00\x00\x00\x00\x00\x00\x40\x00",
		"\x00\x01\x00\x00\x00\x00\x00\x00\x27\x10", "\x7f\xff\x00\x00\x00\x00\x00\x00\x00\x01",
	} {
		if got, err := pgcodec.AppendNumeric(nil, form); err == nil {
			t.Errorf("%x = %s", form, got)
		}
		if _, err := pgcodec.NumericInt64(form); err == nil {
			t.Errorf("NumericInt64(%x) succeeds", form)
		}
		if _, err := pgcodec.NumericFloat64(form); err == nil {
			t.Errorf("NumericFloat64(%x) succeeds", form)
		}
		if _, err := pgcodec.AppendNumericBinary(nil, form); err == nil {
			t.Errorf("AppendNumericBinary(%x) succeeds", form)
		}
	}
}

func TestCompareNumeric(t *testing.T) {
	order := []string{"-Infinity", "-1e100", "-10001", "-10000", "-1.1", "-1", "-0.0001", "0", "0.00001", "0.5", "1", "1.00000001", "2", "10000", "10001", "1e100", "Infinity", "NaN"}
	for i, a := range order {
		for j, b := range order {
			x, _ := pgcodec.ParseNumeric(nil, a)
			y, _ := pgcodec.ParseNumeric(nil, b)
			if got, want := pgcodec.CompareNumeric(x, y), max(-1, min(1, i-j)); got != want {
				t.Errorf("CompareNumeric(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	x, _ := pgcodec.ParseNumeric(nil, "1.50")
	y, _ := pgcodec.ParseNumeric(nil, "1.5")
	if pgcodec.CompareNumeric(x, y) != 0 || string(x) == string(y) {
		t.Error("1.50 and 1.5 are of equal value and of different form")
	}
}
