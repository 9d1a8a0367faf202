package conninfo

import "strings"

// kvParser reads the keyword/value form:
//
//	list  = { space | pair }
//	pair  = keyword [ space... ] "=" [ space... ] value
//	value = "'" { "\" any | not-quote } "'"  |  { "\" any | not-space }
//
// A quoted value need not be followed by space. A backslash at the very end of
// an unquoted value is dropped.
type kvParser struct {
	o      *Options
	s      string
	i      int  // invariant: 0 <= i <= len(s)
	secret bool // a secret was given before byte i
}

// isSpace is C's isspace in the C locale.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func (p *kvParser) parse() error {
	for p.skipSpace(); p.i < len(p.s); p.skipSpace() {
		start := p.i
		name, err := p.name()
		if err != nil {
			return err
		}
		value, err := p.value(name)
		if err != nil {
			return err
		}
		if !accepts(name) {
			if start > 0 && !isSpace(p.s[start-1]) { // perhaps the quotes are not where they were meant, and it is a secret
				return fail(p.at(start), "", "no space after a quoted value, and no keyword either")
			}
			return unknownKeyword(p.at(start), name, p.secret)
		}
		if err := p.o.store(name, value, p.at(start)); err != nil {
			return err
		}
		p.secret = p.secret || isSecret(name)
	}
	return nil
}

func (p *kvParser) at(i int) Source { return Source{Kind: FromString, Pos: i} }

func (p *kvParser) skipSpace() {
	for p.i < len(p.s) && isSpace(p.s[p.i]) {
		p.i++
	}
}

// name reads a keyword and the equals sign after it.
func (p *kvParser) name() (string, error) {
	start := p.i
	for p.i < len(p.s) && p.s[p.i] != '=' && !isSpace(p.s[p.i]) {
		p.i++
	}
	name := p.s[start:p.i]
	p.skipSpace()
	if p.i < len(p.s) && p.s[p.i] == '=' {
		p.i++
		return name, nil
	}
	switch {
	case known(name):
		return "", fail(p.at(p.i), name, "missing \"=\" after %s", name)
	case strings.Contains(p.s[start:], "://"):
		return "", fail(p.at(start), "", "missing \"=\" after the keyword (a uri begins with postgres:// or postgresql://)")
	case p.secret:
		return "", fail(p.at(start), "", "missing \"=\" after a word that follows a secret (a value with spaces must be quoted)")
	}
	return "", fail(p.at(start), "", "missing \"=\" after the word here (a value with spaces must be quoted)")
}

// value reads what stands after the equals sign.
func (p *kvParser) value(name string) (string, error) {
	p.skipSpace()
	start := p.i
	quoted := p.i < len(p.s) && p.s[p.i] == '\''
	if quoted {
		p.i++
	}
	var b strings.Builder
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case quoted && c == '\'':
			p.i++
			return b.String(), nil
		case !quoted && isSpace(c):
			return b.String(), nil
		case c == '\\':
			if p.i++; p.i == len(p.s) {
				continue
			}
			c = p.s[p.i]
		}
		b.WriteByte(c)
	}
	p.i = len(p.s)
	if quoted {
		keyword := ""
		if known(name) {
			keyword = name
		}
		return "", fail(p.at(start), keyword, "quoted value is not terminated")
	}
	return b.String(), nil
}
