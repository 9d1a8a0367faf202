package pgcodec_test

import (
	"bytes"
	"errors"
	"math"
	"net/netip"
	"strconv"
	"testing"

	"parley/internal/pgcodec"
)

// As PostgreSQL prints them, also where its digits are not Go's.
func TestFloats(t *testing.T) {
	for _, w := range []struct {
		f    float64
		want string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {1e15, "1e+15"}, {123456789012345, "123456789012345"},
		{999999999999999, "999999999999999"}, {1234567890123456, "1.234567890123456e+15"}, {1e-4, "0.0001"}, {1e-5, "1e-05"}, {1.5e300, "1.5e+300"},
		{5e-324, "5e-324"}, {math.MaxFloat64, "1.7976931348623157e+308"}, {math.NaN(), "NaN"}, {math.Inf(1), "Infinity"}, {math.Inf(-1), "-Infinity"},
		{1e14, "100000000000000"}, {1.5e14, "150000000000000"}, {1e23, "9.999999999999999e+22"}, {-27472086716361690, "-2.7472086716361688e+16"},
	} {
		if got := string(pgcodec.AppendFloat64([]byte("x"), w.f)); got != "x"+w.want {
			t.Errorf("AppendFloat64(%g) = %s, want %s", w.f, got[1:], w.want)
		}
	}
	for _, w := range []struct {
		f    float32
		want string
	}{
		{0, "0"}, {1e5, "100000"}, {1e6, "1e+06"}, {123456, "123456"}, {999999.9, "999999.9"}, {1234567, "1.234567e+06"}, {0.1, "0.1"}, {1e-4, "0.0001"}, {1e-5, "1e-05"},
		{16777216, "1.6777216e+07"}, {math.MaxFloat32, "3.4028235e+38"}, {math.SmallestNonzeroFloat32, "1e-45"}, {99999.99, "99999.99"},
	} {
		if got := string(pgcodec.AppendFloat32(nil, w.f)); got != w.want {
			t.Errorf("AppendFloat32(%g) = %s, want %s", w.f, got, w.want)
		}
	}
}

func TestFloatsReadBack(t *testing.T) {
	for i := range uint64(20000) {
		f := math.Float64frombits(i * 0x9e3779b97f4a7c15)
		text := string(pgcodec.AppendFloat64(nil, f))
		if back, err := strconv.ParseFloat(text, 64); err != nil || back != f && !math.IsNaN(f) {
			t.Fatalf("%g is written as %s", f, text)
		}
		g := math.Float32frombits(uint32(i * 0x9e3779b9))
		text = string(pgcodec.AppendFloat32(nil, g))
		if back, err := strconv.ParseFloat(text, 32); err != nil || float32(back) != g && g == g {
			t.Fatalf("%g is written as %s", g, text)
		}
	}
}

func TestAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"10.0.0.1": "", "10.0.0.1/24": "", "0.0.0.0/0": "", "::/0": "", "::1": "", "::": "", "2001:db8::1/64": "", "::ffff:1.2.3.4": "", "::1.2.3.4": "",
		"1:2:3:4:5:6:7:8": "", "1:0:3:0:5:0:7:0": "", "1::8": "", "1:0:0:4::8": "", "::2:3:4:5:6:7:8": "0:2:3:4:5:6:7:8", "fe80::/10": "", "10.0.0.1/32": "10.0.0.1",
	} {
		p, err := pgcodec.ParseInet(text)
		if want == "" {
			want = text
		}
		if got := string(pgcodec.AppendInet(nil, p, false)); err != nil || got != want {
			t.Errorf("%s = %s, %v, want %s", text, got, err, want)
		}
		for _, cidr := range []bool{false, true} {
			form := pgcodec.AppendInetBinary(nil, p, cidr)
			if back, err := pgcodec.InetFromBinary(form); err != nil || back != p {
				t.Errorf("%s comes back from %x as %v, %v", text, form, back, err)
			}
		}
	}
	if got := string(pgcodec.AppendInet(nil, netip.MustParsePrefix("10.0.0.1/32"), true)); got != "10.0.0.1/32" {
		t.Errorf("a cidr is written as %s", got)
	}
	for _, text := range []string{"", "/", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/+8", "::1/129", "fe80::1%eth0", "1.2.3.4/8/8", "x"} {
		if p, err := pgcodec.ParseInet(text); err == nil {
			t.Errorf("ParseInet(%s) = %v", text, p)
		}
	}
	for _, src := range []string{"", "\x02\x20\x00\x04abc", "\x02\x21\x00\x04abcd", "\x03\x20\x00\x04abcd", "\x04\x20\x00\x04abcd", "\x02\x20\x00\x05abcd", "\x03\x81\x00\x100123456789abcdef"} {
		if p, err := pgcodec.InetFromBinary([]byte(src)); err == nil {
			t.Errorf("InetFromBinary(%x) = %v", src, p)
		}
	}
	if a, err := pgcodec.PrefixAddr(netip.MustParsePrefix("10.0.0.1/24")); !errors.Is(err, pgcodec.ErrLossy) {
		t.Errorf("an address without its netmask: %v, %v", a, err)
	}
	if a, err := pgcodec.PrefixAddr(netip.MustParsePrefix("10.0.0.1/32")); err != nil || a != netip.MustParseAddr("10.0.0.1") {
		t.Errorf("PrefixAddr = %v, %v", a, err)
	}
}

func TestMACs(t *testing.T) {
	for _, text := range []string{"08:00:2b:01:02:03", "08:00:2b:01:02:03:04:05"} {
		mac, err := pgcodec.ParseMAC(nil, text)
		if got := string(pgcodec.AppendMAC(nil, mac)); err != nil || got != text {
			t.Errorf("%s = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "08:00:2b:01:02", "08-00-2b-01-02-03", "08:00:2b:01:02:0g", "08:00:2b:01:02:03:04:0"} {
		if mac, err := pgcodec.ParseMAC(nil, text); err == nil {
			t.Errorf("%s = %x", text, mac)
		}
	}
}

func TestUUIDs(t *testing.T) {
	const want = "00112233-4455-6677-8899-aabbccddeeff"
	for _, text := range []string{want, "00112233445566778899AABBCCDDEEFF", "{" + want + "}", "0011-2233-4455-6677-8899-aabb-ccdd-eeff"} {
		u, err := pgcodec.ParseUUID(text)
		if got := string(pgcodec.AppendUUID(nil, u)); err != nil || got != want {
			t.Errorf("%s = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", want[1:], want + "0", "{" + want, "0-0112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeefg", want + "-"} {
		if u, err := pgcodec.ParseUUID(text); err == nil {
			t.Errorf("%s = %x", text, u)
		}
	}
	if _, err := pgcodec.UUIDFromBinary(make([]byte, 15)); err == nil {
		t.Error("15 bytes are a UUID")
	}
}

func TestBytea(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	if got, err := pgcodec.ParseBytea(nil, pgcodec.AppendBytea(nil, all)); err != nil || !bytes.Equal(got, all) {
		t.Errorf("hex comes back as %x, %v", got, err)
	}
	if got, err := pgcodec.ParseBytea(nil, []byte(`a\\b\000\377'`)); err != nil || string(got) != "a\\b\x00\xff'" {
		t.Errorf("escapes come back as %q, %v", got, err)
	}
	for _, text := range []string{`\x1`, `\xgg`, `\`, `a\`, `\12`, `\400`, `\08x`} {
		if got, err := pgcodec.ParseBytea(nil, []byte(text)); err == nil {
			t.Errorf("%s = %x", text, got)
		}
	}
}

func TestBools(t *testing.T) {
	for text, want := range map[string]bool{"t": true, "f": false, "true": true, "false": false} {
		if got, err := pgcodec.ParseBool(text); err != nil || got != want {
			t.Errorf("ParseBool(%s) = %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "1", "T", "tr"} {
		if _, err := pgcodec.ParseBool(text); err == nil {
			t.Errorf("ParseBool(%s) succeeds", text)
		}
	}
	if got, err := pgcodec.BoolFromBinary([]byte{1}); err != nil || !got {
		t.Errorf("BoolFromBinary(1) = %v, %v", got, err)
	}
	if _, err := pgcodec.BoolFromBinary([]byte{1, 0}); err == nil {
		t.Error("two bytes are a bool")
	}
}

// What is called for each value of each row allocates nothing.
func TestLeavesAllocateNothing(t *testing.T) {
	number, _ := pgcodec.ParseNumeric(nil, "-12345678.9012")
	array := pgcodec.AppendArrayHeader(nil, 23, true, pgcodec.Dim{Len: 1, Lower: 1})
	array = append(array, 0xff, 0xff, 0xff, 0xff)
	buf := make([]byte, 0, 256)
	text := []byte("2024-02-29 12:34:56.789+00")
	for name, f := range map[string]func(){
		"numeric text":    func() { _, _ = pgcodec.AppendNumeric(buf, number) },
		"numeric float":   func() { _, _ = pgcodec.NumericFloat64(number) },
		"numeric int":     func() { _, _ = pgcodec.NumericInt64(number) },
		"numeric form":    func() { _, _ = pgcodec.AppendNumericBinary(buf, number) },
		"numeric parse":   func() { _, _ = pgcodec.ParseNumeric(buf, "12345.678") },
		"float":           func() { pgcodec.AppendFloat64(buf, 1.25e30) },
		"timestamptz":     func() { _, _ = pgcodec.ParseTimestamptz(text) },
		"timestamptz out": func() { pgcodec.AppendTimestamptz(buf, 12345678) },
		"interval":        func() { pgcodec.AppendInterval(buf, pgcodec.Interval{Months: 1, Days: -2, Us: 3}) },
		"uuid":            func() { _, _ = pgcodec.ParseUUID("00112233445566778899AABBCCDDEEFF") },
		"inet":            func() { pgcodec.AppendInet(buf, netip.Prefix{}, false) },
		"bool":            func() { _, _ = pgcodec.ParseBool([]byte("true")) },
		"array":           func() { a, _ := pgcodec.ReadArray(array); a.Next() },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
