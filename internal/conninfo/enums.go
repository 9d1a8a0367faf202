package conninfo

import (
	"fmt"
	"strings"
)

// SSLMode says how much TLS is asked for. The constants are in order: each asks for
// at least as much as the one before it.
type SSLMode uint8

// The values of sslmode.
const (
	SSLDisable SSLMode = iota
	SSLAllow
	SSLPrefer
	SSLRequire
	SSLVerifyCA
	SSLVerifyFull
)

// String returns the value as written.
func (m SSLMode) String() string { return valueName("sslmode", m) }

// SSLNegotiation says how TLS begins.
type SSLNegotiation uint8

// The values of sslnegotiation.
const (
	NegotiatePostgres SSLNegotiation = iota // ask for TLS with an SSLRequest first
	NegotiateDirect                         // begin with the TLS handshake
)

// String returns the value as written.
func (n SSLNegotiation) String() string { return valueName("sslnegotiation", n) }

// Choice is the value of a setting that can be off, wanted or required.
type Choice uint8

// The values of channel_binding and gssencmode. For sslcertmode the middle one is
// written allow.
const (
	Disable Choice = iota
	Prefer
	Require
)

// String returns the value as channel_binding and gssencmode write it.
func (c Choice) String() string { return valueName("channel_binding", c) }

// TargetSession says which kind of server is acceptable.
type TargetSession uint8

// The values of target_session_attrs.
const (
	TargetAny TargetSession = iota
	TargetReadWrite
	TargetReadOnly
	TargetPrimary
	TargetStandby
	TargetPreferStandby
)

// String returns the value as written.
func (t TargetSession) String() string { return valueName("target_session_attrs", t) }

// LoadBalance says in which order hosts and addresses are tried.
type LoadBalance uint8

// The values of load_balance_hosts.
const (
	BalanceOff LoadBalance = iota
	BalanceRandom
)

// String returns the value as written.
func (b LoadBalance) String() string { return valueName("load_balance_hosts", b) }

// TLSVersion is a version of TLS; zero is none.
type TLSVersion uint8

// The values of ssl_min_protocol_version and ssl_max_protocol_version.
const (
	TLSUnset TLSVersion = iota
	TLS10
	TLS11
	TLS12
	TLS13
)

// String returns the value as written, and "" for TLSUnset.
func (v TLSVersion) String() string {
	if v == TLSUnset {
		return ""
	}
	return valueName("ssl_min_protocol_version", v-1)
}

// ProtocolVersion is a version of the PostgreSQL protocol as it stands in a
// startup packet: the major version in the high 16 bits, the minor in the low.
type ProtocolVersion uint32

// The protocol versions that can be asked for.
const (
	Protocol30     ProtocolVersion = 3 << 16
	Protocol32     ProtocolVersion = 3<<16 | 2
	ProtocolLatest                 = Protocol32
)

// String returns major and minor version, as in "3.2".
func (v ProtocolVersion) String() string { return fmt.Sprintf("%d.%d", v>>16, v&0xffff) }

// valueName returns the n-th value of a keyword in the table.
func valueName[T ~uint8](keyword string, n T) string {
	if values := table[index[keyword]].Values; int(n) < len(values) {
		return values[n]
	}
	return "unknown"
}

// enum returns the place of an option's value among those the table lists. When
// the option is not given it returns absent.
func enum[T ~uint8](o *Options, keyword string, absent T) (T, error) {
	text, given := o.Get(keyword)
	if !given {
		return absent, nil
	}
	k := &table[index[keyword]]
	for i, value := range k.Values {
		if value == text || k.Kind == EnumFold && foldASCII(value) == foldASCII(text) {
			return T(i), nil
		}
	}
	return 0, fail(o.Source(keyword), keyword, "invalid %s value %s, want one of %s", keyword, shown(text), strings.Join(k.Values, ", "))
}

// tlsVersion is enum for the TLS versions, where empty means none.
func tlsVersion(o *Options, keyword string) (TLSVersion, error) {
	if text, _ := o.Get(keyword); text == "" {
		return TLSUnset, nil
	}
	n, err := enum[TLSVersion](o, keyword, 0)
	return n + 1, err
}

// protocolVersion is enum for the protocol versions.
func protocolVersion(o *Options, keyword string, absent ProtocolVersion) (ProtocolVersion, error) {
	if _, given := o.Get(keyword); !given {
		return absent, nil
	}
	versions := [...]ProtocolVersion{Protocol30, Protocol32, ProtocolLatest}
	n, err := enum[uint8](o, keyword, 0)
	return versions[n], err
}

// foldASCII lowers the letters A to Z and no others.
func foldASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
