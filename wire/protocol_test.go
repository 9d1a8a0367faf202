package wire

import (
	"fmt"
	"testing"
)

func TestStrings(t *testing.T) {
	for _, c := range []struct {
		v    fmt.Stringer
		want string
	}{
		{Frontend, "frontend"}, {Backend, "backend"}, {Both, "both"}, {Side(0), "Side(0)"}, {Side(9), "Side(9)"},
		{Version30, "3.0"}, {Version32, "3.2"}, {VersionGrease, "3.9999"}, {Version(0), "0.0"}, {Version(0xffffffff), "65535.65535"},
		{TextFormat, "text"}, {BinaryFormat, "binary"}, {Format(2), "2"}, {Format(-1), "-1"},
		{TxIdle, "idle"}, {TxActive, "in transaction"}, {TxFailed, "failed transaction"}, {TxStatus('x'), `status 'x'`}, {TxStatus(0), `status '\x00'`},
		{ObjectStatement, "statement"}, {ObjectPortal, "portal"}, {Object('?'), `object '?'`}, {Object(0), `object '\x00'`},
		{LSN(0), "0/0"}, {LSN(0x16_b374d848), "16/B374D848"}, {LSN(1), "0/1"}, {LSN(1 << 32), "1/0"}, {LSN(0xffffffffffffffff), "FFFFFFFF/FFFFFFFF"},
	} {
		if got := c.v.String(); got != c.want {
			t.Errorf("%T: got %q, want %q", c.v, got, c.want)
		}
	}
}

func TestVersion(t *testing.T) {
	for v, want := range map[Version][2]int{
		0x00030000: {3, 0}, 0x00030002: {3, 2}, 0x0003270f: {3, 9999}, 0xffff0000: {65535, 0}, 0xffff: {0, 65535},
	} {
		if v.Major() != want[0] || v.Minor() != want[1] {
			t.Errorf("%#x is %d.%d, want %v", uint32(v), v.Major(), v.Minor(), want)
		}
	}
	if Version30 != 0x30000 || Version32 != 0x30002 {
		t.Error("the versions are not what the manual says")
	}
}

// The manual gives the codes in decimal.
func TestRequestCodes(t *testing.T) {
	for got, want := range map[uint32]uint32{CancelRequestCode: 80877102, SSLRequestCode: 80877103, GSSENCRequestCode: 80877104} {
		if got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
}

func TestSideOther(t *testing.T) {
	if Frontend.Other() != Backend || Backend.Other() != Frontend {
		t.Error("the other side of a side is not the other side")
	}
}

func TestMicros(t *testing.T) {
	for m, want := range map[Micros]int64{
		0: 946684800_000000, -946684800_000000: 0, exampleTime: 1767225600_000000, 1: 946684800_000001,
	} {
		if got := m.UnixMicro(); got != want {
			t.Errorf("%d is %d, want %d", m, got, want)
		}
	}
	if exampleTime != clockValue {
		t.Error("the samples' clock is not the examples'")
	}
}
