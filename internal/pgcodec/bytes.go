package pgcodec

import "encoding/hex"

// ParseBool reads t and f, as the server prints them, and true and false.
func ParseBool[S Text](src S) (bool, error) {
	if len(src) == 1 && (src[0] == 't' || src[0] == 'f') {
		return src[0] == 't', nil
	}
	switch string(src) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, syntax("bool")
}

// BoolFromBinary reads one byte.
func BoolFromBinary(src []byte) (bool, error) {
	if len(src) != 1 {
		return false, badSize("bool", len(src), 1)
	}
	return src[0] != 0, nil
}

// AppendBytea appends bytes with bytea_output's default, hex.
func AppendBytea(dst, b []byte) []byte { return hex.AppendEncode(append(dst, `\x`...), b) }

// ParseBytea appends the bytes of a bytea's text: hex, or the older escapes.
func ParseBytea(dst, src []byte) ([]byte, error) {
	if len(src) >= 2 && src[0] == '\\' && src[1] == 'x' {
		dst, err := hex.AppendDecode(dst, src[2:])
		if err != nil {
			return dst, syntax("bytea") // the error of hex shows a byte of the value
		}
		return dst, nil
	}
	for i := 0; i < len(src); i++ {
		switch {
		case src[i] != '\\':
			dst = append(dst, src[i])
		case i+1 < len(src) && src[i+1] == '\\':
			dst = append(dst, '\\')
			i++
		case i+3 < len(src) && isOctal(src[i+1], src[i+2], src[i+3]):
			dst = append(dst, (src[i+1]-'0')<<6|(src[i+2]-'0')<<3|(src[i+3]-'0'))
			i += 3
		default:
			return dst, syntax("bytea")
		}
	}
	return dst, nil
}

func isOctal(a, b, c byte) bool {
	return a >= '0' && a <= '3' && b >= '0' && b <= '7' && c >= '0' && c <= '7'
}

// AppendUUID appends the text of a UUID.
func AppendUUID(dst []byte, u [16]byte) []byte {
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[b>>4], hexDigits[b&15])
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// UUIDFromBinary reads 16 bytes.
func UUIDFromBinary(src []byte) (u [16]byte, err error) {
	if len(src) != 16 {
		return u, badSize("uuid", len(src), 16)
	}
	return [16]byte(src), nil
}

// ParseUUID reads 32 hexadecimal digits, with hyphens after every fourth or
// without, in braces or not, as the server does.
func ParseUUID[S Text](src S) (u [16]byte, err error) {
	s := src
	if len(s) >= 2 && s[0] == '{' && s[len(s)-1] == '}' {
		s = s[1 : len(s)-1]
	}
	at := 0
	for i := range u {
		if i > 0 && i%2 == 0 && at < len(s) && s[at] == '-' {
			at++
		}
		if at+2 > len(s) {
			return u, syntax("uuid")
		}
		hi, ok1 := unhex(s[at])
		lo, ok2 := unhex(s[at+1])
		if !ok1 || !ok2 {
			return u, syntax("uuid")
		}
		u[i] = hi<<4 | lo
		at += 2
	}
	if at != len(s) {
		return u, syntax("uuid")
	}
	return u, nil
}
