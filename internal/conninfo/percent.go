package conninfo

import "strings"

// decode undoes percent-encoding. Spaces at either end are dropped and spaces
// inside are refused, as in libpq since 18; other white space is ordinary. The
// function at maps an index of text to a byte of the URI.
func (p *uriParser) decode(keyword, text string, at func(int) int) (string, error) {
	bad := func(i int, problem string) (string, error) {
		return "", fail(p.at(at(min(i, len(text)-1))), keyword, "%s", problem)
	}
	start := len(text) - len(strings.TrimLeft(text, " "))
	end := len(strings.TrimRight(text, " "))
	var b strings.Builder
	for i := start; i < end; i++ {
		switch text[i] {
		case ' ':
			return bad(i, "space inside a part (write it as %20)")
		case '%':
			hi, lo := hexDigit(text, i+1), hexDigit(text, i+2)
			if hi < 0 || lo < 0 {
				return bad(i, "percent sign without two hexadecimal digits (write the sign itself as %25)")
			}
			if hi|lo == 0 {
				return bad(i, "%00 is forbidden")
			}
			b.WriteByte(byte(hi<<4 | lo))
			i += 2
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String(), nil
}

// hexDigit returns the value of the digit at text[i], or -1.
func hexDigit(text string, i int) int {
	if i >= len(text) {
		return -1
	}
	switch c := text[i]; {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
