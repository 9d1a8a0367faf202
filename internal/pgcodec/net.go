package pgcodec

import (
	"net/netip"
	"strconv"
)

// The families of addresses in the binary form of inet and cidr: the server's
// own numbers, the same on every system.
const (
	family4 = 2
	family6 = 3
)

// InetFromBinary reads an inet or cidr. An address without a netmask has one
// as long as itself.
func InetFromBinary(src []byte) (netip.Prefix, error) {
	if len(src) < 4 {
		return netip.Prefix{}, malformed("address", "it is too short")
	}
	family, bits, size := src[0], int(src[1]), int(src[3])
	var addr netip.Addr
	switch {
	case family == family4 && size == 4 && len(src) == 8:
		addr = netip.AddrFrom4([4]byte(src[4:]))
	case family == family6 && size == 16 && len(src) == 20:
		addr = netip.AddrFrom16([16]byte(src[4:]))
	default:
		return netip.Prefix{}, malformed("address", "its size is not that of its family")
	}
	if bits > addr.BitLen() {
		return netip.Prefix{}, malformed("address", "its netmask is longer than itself")
	}
	return netip.PrefixFrom(addr, bits), nil
}

// AppendInetBinary appends the binary form; cidr says which of the two types
// it is for. The prefix must be valid.
func AppendInetBinary(dst []byte, p netip.Prefix, cidr bool) []byte {
	flag := byte(0)
	if cidr {
		flag = 1
	}
	if a := p.Addr(); a.Is4() {
		b := a.As4()
		return append(append(dst, family4, byte(p.Bits()), flag, 4), b[:]...)
	}
	b := p.Addr().As16()
	return append(append(dst, family6, byte(p.Bits()), flag, 16), b[:]...)
}

// AppendInet appends the text of an inet, which has no netmask when that is as
// long as the address; of a cidr it always has one.
func AppendInet(dst []byte, p netip.Prefix, cidr bool) []byte {
	a := p.Addr()
	if a.Is4() {
		dst = a.AppendTo(dst)
	} else {
		dst = append6(dst, a.As16())
	}
	if cidr || p.Bits() != a.BitLen() {
		dst = strconv.AppendInt(append(dst, '/'), int64(p.Bits()), 10)
	}
	return dst
}

// append6 writes an IPv6 address as the server does: the longest run of at
// least two zeros left out, and an address of IPv4 inside with dots.
func append6(dst []byte, b [16]byte) []byte {
	var words [8]uint16
	for i := range words {
		words[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	start, length := zeroRun(words)
	for i := range 8 {
		if length > 0 && i >= start && i < start+length {
			if i == start {
				dst = append(dst, ':')
			}
			continue
		}
		if i > 0 {
			dst = append(dst, ':')
		}
		if i == 6 && start == 0 && (length == 6 || length == 5 && words[5] == 0xffff) {
			return netip.AddrFrom4([4]byte(b[12:])).AppendTo(dst)
		}
		dst = strconv.AppendUint(dst, uint64(words[i]), 16)
	}
	if length > 0 && start+length == 8 {
		dst = append(dst, ':')
	}
	return dst
}

func zeroRun(words [8]uint16) (start, length int) {
	for i := 0; i < 8; i++ {
		n := 0
		for i+n < 8 && words[i+n] == 0 {
			n++
		}
		if n > length {
			start, length = i, n
		}
		i += n
	}
	if length < 2 {
		return -1, 0
	}
	return start, length
}

// ParseInet reads the text of an inet or cidr as the server prints it.
func ParseInet[S Text](src S) (netip.Prefix, error) {
	s := string(src)
	if len(s) > 64 {
		return netip.Prefix{}, syntax("address")
	}
	slash := len(s)
	for i := range s {
		if s[i] == '/' {
			slash = i
		}
	}
	a, err := netip.ParseAddr(s[:slash])
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, syntax("address")
	}
	bits := a.BitLen()
	if slash < len(s) {
		n, err := strconv.ParseUint(s[slash+1:], 10, 8)
		if err != nil || int(n) > bits {
			return netip.Prefix{}, syntax("address")
		}
		bits = int(n)
	}
	return netip.PrefixFrom(a, bits), nil
}

// PrefixAddr returns the address, or ErrLossy when it has a netmask.
func PrefixAddr(p netip.Prefix) (netip.Addr, error) {
	if p.Bits() != p.Addr().BitLen() {
		return netip.Addr{}, ErrLossy
	}
	return p.Addr(), nil
}

// AppendMAC appends a macaddr or macaddr8 as 08:00:2b:01:02:03.
func AppendMAC(dst, mac []byte) []byte {
	for i, b := range mac {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

// ParseMAC appends the six or eight bytes of the text that AppendMAC writes.
func ParseMAC[S Text](dst []byte, src S) ([]byte, error) {
	if len(src) != 17 && len(src) != 23 {
		return dst, syntax("macaddr")
	}
	for i := 0; i < len(src); i += 3 {
		hi, ok1 := unhex(src[i])
		lo, ok2 := unhex(src[i+1])
		if !ok1 || !ok2 || i+2 < len(src) && src[i+2] != ':' {
			return dst, syntax("macaddr")
		}
		dst = append(dst, hi<<4|lo)
	}
	return dst, nil
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
