package pgcodec

// QuoteElem quotes the text dst[start:] in place, if as an element of an array
// it needs it.
func QuoteElem(dst []byte, start int, delim byte) []byte {
	s := dst[start:]
	need, extra := len(s) == 0 || isNull(s), 0
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			need = true
			extra++
		case c == '{' || c == '}' || c == delim || isSpace(c):
			need = true
		}
	}
	if !need {
		return dst
	}
	return enquote(dst, start, extra, func(byte) byte { return '\\' })
}

// QuoteField is QuoteElem for a field of a record.
func QuoteField(dst []byte, start int) []byte { return quoteIn(dst, start, "(),") }

// QuoteBound is QuoteElem for a bound of a range.
func QuoteBound(dst []byte, start int) []byte { return quoteIn(dst, start, "()[],") }

// quoteIn quotes as records and ranges do: by doubling.
func quoteIn(dst []byte, start int, special string) []byte {
	s := dst[start:]
	need, extra := len(s) == 0, 0
	for _, c := range s {
		if c == '"' || c == '\\' {
			need = true
			extra++
		}
		need = need || isSpace(c) || contains(special, c)
	}
	if !need {
		return dst
	}
	return enquote(dst, start, extra, func(c byte) byte { return c })
}

func contains(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}

// enquote puts quotes around dst[start:] and an escape before each quote and
// backslash, of which there are extra, moving from the end.
func enquote(dst []byte, start, extra int, escape func(byte) byte) []byte {
	from := len(dst) - 1
	for range extra + 2 {
		dst = append(dst, '"')
	}
	to := len(dst) - 2 // the last byte is the closing quote
	for ; from >= start; from-- {
		c := dst[from]
		dst[to] = c
		to--
		if c == '"' || c == '\\' {
			dst[to] = escape(c)
			to--
		}
	}
	dst[start] = '"'
	return dst
}
