package conninfo

import (
	"fmt"
	"testing"
)

func TestEnumStrings(t *testing.T) {
	for want, v := range map[string]fmt.Stringer{
		"disable": SSLDisable, "verify-full": SSLVerifyFull, "verify-ca": SSLVerifyCA, "direct": NegotiateDirect, "require": Require,
		"any": TargetAny, "prefer-standby": TargetPreferStandby, "random": BalanceRandom, "TLSv1": TLS10, "TLSv1.3": TLS13, "": TLSUnset,
		"3.0": Protocol30, "3.2": ProtocolLatest, "unknown": SSLMode(99),
	} {
		if got := v.String(); got != want {
			t.Errorf("%T: got %q, want %q", v, got, want)
		}
	}
}

func TestEnum(t *testing.T) {
	o, err := Parse("sslmode=require gssencmode='' ssl_max_protocol_version=tlsV1.3 ssl_min_protocol_version='' max_protocol_version=latest target_session_attrs=a/b")
	if err != nil {
		t.Fatal(err)
	}
	if mode, err := enum(o, "sslmode", SSLPrefer); err != nil || mode != SSLRequire {
		t.Errorf("sslmode: got %v, %v", mode, err)
	}
	if c, err := enum(o, "channel_binding", Prefer); err != nil || c != Prefer {
		t.Errorf("not given: got %v, %v", c, err)
	}
	if v, err := tlsVersion(o, "ssl_max_protocol_version"); err != nil || v != TLS13 {
		t.Errorf("ssl_max_protocol_version: got %v, %v", v, err)
	}
	if v, err := tlsVersion(o, "ssl_min_protocol_version"); err != nil || v != TLSUnset {
		t.Errorf("empty ssl_min_protocol_version: got %v, %v", v, err)
	}
	if v, err := protocolVersion(o, "max_protocol_version", Protocol30); err != nil || v != Protocol32 {
		t.Errorf("max_protocol_version: got %v, %v", v, err)
	}
	_, err = enum[Choice](o, "gssencmode", 0)
	if want := `conninfo: connection string, byte 16: invalid gssencmode value "", want one of disable, prefer, require`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = enum[TargetSession](o, "target_session_attrs", 0)
	if want := "conninfo: connection string, byte 119: invalid target_session_attrs value of 3 bytes, want one of any, read-write, read-only, primary, standby, prefer-standby"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
