package parley

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"parley/wire"
)

func TestEncode(t *testing.T) {
	noon := time.Date(2001, 2, 3, 12, 0, 0, 5000, time.UTC)
	for _, w := range []struct {
		value  any
		oid    uint32
		want   string
		binary bool
		err    string
	}{
		{value: true, want: "true"},
		{value: 7, want: "7"},
		{value: int16(-7), want: "-7"},
		{value: int32(7), oid: oidInt4, want: "\x00\x00\x00\x07", binary: true},
		{value: int64(-1), oid: oidInt2, want: "\xff\xff", binary: true},
		{value: int64(math.MinInt64), oid: oidInt8, want: "\x80\x00\x00\x00\x00\x00\x00\x00", binary: true},
		{value: int64(math.MaxInt32), oid: oidInt4, want: "\x7f\xff\xff\xff", binary: true},
		{value: int64(math.MaxInt32 + 1), oid: oidInt4, err: "out of the range"},
		{value: int64(math.MinInt32 - 1), oid: oidInt4, err: "out of the range"},
		{value: math.MaxInt16 + 1, oid: oidInt2, err: "out of the range"},
		{value: uint32(math.MaxUint32), oid: oidOID, want: "4294967295"},
		{value: uint32(math.MaxUint32), oid: oidInt4, err: "out of the range"},
		{value: 1.5, want: "1.5"},
		{value: math.Inf(-1), want: "-Inf"},
		{value: math.NaN(), want: "NaN"},
		{value: "", want: ""},
		{value: "text", oid: oidInt4, want: "text"},
		{value: []byte{0, 1}, oid: oidBytea, want: "\x00\x01", binary: true},
		{value: []byte("{}"), oid: 114, want: "{}"},
		{value: noon, want: "2001-02-03 12:00:00.000005Z"},
		{value: struct{}{}, err: "cannot be sent yet"},
		{value: new(int), err: "cannot be sent yet"},
	} {
		got, format, err := encode(w.value, w.oid)
		if w.err != "" {
			wantText(t, err, w.err)
			continue
		}
		if err != nil || got == nil || string(got) != w.want || (format == wire.BinaryFormat) != w.binary {
			t.Errorf("%v for type %d: %q, format %v, %v, want %q", w.value, w.oid, got, format, err, w.want)
		}
	}
	for _, null := range []any{nil, []byte(nil)} {
		if got, _, err := encode(null, oidBytea); got != nil || err != nil {
			t.Errorf("%#v: %q, %v, want NULL", null, got, err)
		}
	}
}

func TestScanValues(t *testing.T) {
	for _, w := range []struct {
		dest any // a pointer
		oid  uint32
		bin  string
		text string
		want string // as fmt prints what it points at; or the error
	}{
		{new(int), oidInt4, "\xff\xff\xff\xfe", "-2", "-2"},
		{new(int16), oidInt2, "\x7f\xff", "32767", "32767"},
		{new(int16), oidInt4, "\x00\x00\x80\x00", "32768", "does not fit *int16"},
		{new(int32), oidInt8, "\x00\x00\x00\x00\x80\x00\x00\x00", "2147483648", "does not fit *int32"},
		{new(int64), oidInt8, "\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808", "-9223372036854775808"},
		{new(uint32), oidOID, "\xff\xff\xff\xff", "4294967295", "4294967295"},
		{new(uint32), oidInt4, "\xff\xff\xff\xff", "-1", "does not fit *uint32"},
		{new(float64), oidFloat8, "\x3f\xf8\x00\x00\x00\x00\x00\x00", "1.5", "1.5"},
		{new(float64), oidFloat4, "\x3f\xc0\x00\x00", "1.5", "1.5"},
		{new(bool), oidBool, "\x01", "t", "true"},
		{new(bool), oidBool, "\x00", "f", "false"},
		{new(bool), oidInt4, "\x00\x00\x00\x05", "5", "does not fit *bool"},
		{new(string), oidText, "a", "a", "a"},
		{new(string), oidInt4, "\x00\x00\x00\x05", "5", "5"},
		{new([]byte), oidBytea, "\x00\xff", `\x00ff`, "[0 255]"},
		{new(any), oidInt2, "\x00\x05", "5", "5"},
		{new(any), oidBool, "\x01", "t", "true"},
		{new(any), oidFloat4, "\x3f\xc0\x00\x00", "1.5", "1.5"},
		{new(any), oidBytea, "\x01", `\x01`, "[1]"},
		{new(any), oidText, "x", "x", "x"},
		{new(int), oidText, "secret", "secret", "does not fit *int"},
		{new(complex64), oidInt4, "\x00\x00\x00\x05", "5", "cannot be scanned into yet"},
	} {
		for f, v := range map[wire.Format]string{wire.BinaryFormat: w.bin, wire.TextFormat: w.text} {
			err := scan(w.dest, w.oid, f, []byte(v))
			got := fmt.Sprint(deref(w.dest))
			if err != nil {
				got = err.Error()
			}
			if got != w.want && (err == nil || !strings.Contains(got, w.want)) || strings.Contains(got, "secret") {
				t.Errorf("%q, format %v, type %d into %T: %s, want %s", v, f, w.oid, w.dest, got, w.want)
			}
		}
	}
}

func deref(p any) any {
	switch p := p.(type) {
	case *int:
		return *p
	case *int16:
		return *p
	case *int32:
		return *p
	case *int64:
		return *p
	case *uint32:
		return *p
	case *float64:
		return *p
	case *bool:
		return *p
	case *string:
		return *p
	case *[]byte:
		return *p
	case *any:
		return *p
	}
	return nil
}

// What a server sends is checked before it is believed.
func TestScanHostileValues(t *testing.T) {
	for _, oid := range []uint32{oidBool, oidInt2, oidInt4, oidInt8, oidOID, oidFloat4, oidFloat8} {
		for _, v := range []string{"", "\x01\x02\x03", "123456789"} {
			for _, dest := range []any{new(int64), new(float64), new(string), new(any), new(bool)} {
				wantText(t, scan(dest, oid, wire.BinaryFormat, []byte(v)), "which is no value of the type")
			}
		}
	}
	wantText(t, scan(new([]byte), oidBytea, wire.TextFormat, []byte(`\xzz`)), "not hexadecimal")
}

func TestScanNull(t *testing.T) {
	b, s, n, a := []byte("x"), new("x"), new(int64(1)), any(1)
	for _, dest := range []any{&b, &s, &n, &a} {
		if err := scan(dest, oidText, wire.TextFormat, nil); err != nil {
			t.Errorf("%T: %v", dest, err)
		}
	}
	if b != nil || s != nil || n != nil || a != nil {
		t.Errorf("%v %v %v %v, want nothing", b, s, n, a)
	}
	for _, dest := range []any{new(int), new(string), new(bool), new(float64)} {
		wantText(t, scan(dest, oidInt4, wire.BinaryFormat, nil), "NULL cannot be held by")
	}
	if err := scan(&s, oidText, wire.TextFormat, []byte("v")); err != nil || *s != "v" {
		t.Error(err)
	}
	if err := scan(&n, oidInt4, wire.TextFormat, []byte("4")); err != nil || *n != 4 {
		t.Error(err)
	}
	kept := []byte("v")
	if err := scan(&b, oidText, wire.BinaryFormat, kept); err != nil || !bytes.Equal(b, kept) || &b[0] == &kept[0] {
		t.Errorf("%q shares its memory with the connection, or is not there: %v", b, err)
	}
}
