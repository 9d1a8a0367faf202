package conninfo

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseInt reads an integer as libpq does: white space around it, a sign, digits
// in base ten, and a value that fits 32 bits.
func parseInt(text string) (int32, bool) {
	text = strings.TrimFunc(text, func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
	if strings.IndexByte(text, '_') >= 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), err == nil
}

// integer returns the value of an option, or absent when it is not given.
func integer(o *Options, keyword string, absent int32) (int32, error) {
	text, given := o.Get(keyword)
	if !given {
		return absent, nil
	}
	n, ok := parseInt(text)
	if !ok {
		return 0, fail(o.Source(keyword), keyword, "invalid integer %s for %s", shown(text), keyword)
	}
	return n, nil
}

// duration returns the value of an option in units, and zero when it is not
// given, zero or negative.
func duration(o *Options, keyword string, unit time.Duration) (time.Duration, error) {
	n, err := integer(o, keyword, 0)
	return time.Duration(max(n, 0)) * unit, err
}

// flag reports whether an option is on: its first character is 1.
func flag(o *Options, keyword string) bool {
	text, _ := o.Get(keyword)
	return strings.HasPrefix(text, "1")
}

// defaultPort stands for a port that is empty, whatever PGPORT says.
const defaultPort = 5432

// parsePort reads one item of the port list.
func parsePort(o *Options, text string) (uint16, error) {
	if text == "" {
		return defaultPort, nil
	}
	n, ok := parseInt(text)
	if ok && n >= 1 && n <= math.MaxUint16 {
		return uint16(n), nil
	}
	src := o.Source("port")
	if !ok && src.Kind == FromURI {
		// The port may be the beginning of a password with a bare "/".
		return 0, fail(src, "port", "invalid port (a \"/\" in a user name or password must be written %%2F)")
	}
	if !ok {
		return 0, fail(src, "port", "invalid port %s", shown(text))
	}
	return 0, fail(src, "port", "port %d is not between 1 and 65535", n)
}
