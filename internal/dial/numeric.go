package dial

import (
	"net/netip"
	"strconv"
	"strings"
)

// parseIPv4 reads an address of IPv4 in any form that inet_aton knows: one to
// four numbers, decimal, octal (0…) or hexadecimal (0x…), of which the last
// fills all bytes that are left. "127.1" is 127.0.0.1.
func parseIPv4(text string) (netip.Addr, bool) {
	parts := strings.Split(text, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		n, ok := parseCNumber(part)
		if !ok || n>>bits != 0 {
			return netip.Addr{}, false
		}
		value = value<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// parseCNumber reads a number as a C program writes it, without sign.
func parseCNumber(text string) (uint64, bool) {
	base := 10
	switch {
	case strings.HasPrefix(text, "0x"), strings.HasPrefix(text, "0X"):
		text, base = text[2:], 16
	case len(text) > 1 && text[0] == '0':
		text, base = text[1:], 8
	}
	if strings.HasPrefix(text, "+") {
		return 0, false
	}
	n, err := strconv.ParseUint(text, base, 32)
	return n, err == nil
}

// numericAddress reads an address without asking anybody, as hostaddr has it.
func numericAddress(text string) (string, bool) {
	if addr, ok := parseIPv4(text); ok {
		return addr.String(), true
	}
	addr, err := netip.ParseAddr(text)
	return addr.String(), err == nil
}
