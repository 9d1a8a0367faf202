package pgtype

import (
	"encoding/binary"
	"strconv"

	"parley/internal/pgcodec"
)

// TSVector is a document for text search: its lexemes in order. The server
// sorts them, shorter ones first.
type TSVector []Lexeme

// Lexeme is a word of a [TSVector], with the places where it stands.
type Lexeme struct {
	Word      string
	Positions []Position
}

// Position is a place of a lexeme in a document.
type Position struct {
	Pos    uint16 // 1 to 16383
	Weight Weight
}

// Weight is the importance of a position.
type Weight uint8

// The weights; D is the usual one and is not written.
const (
	WeightD Weight = iota
	WeightC
	WeightB
	WeightA
)

const maxPosition = 1<<14 - 1

// String returns the vector as the server prints it: 'cat':3A 'fat':2,4.
func (v TSVector) String() string { return string(v.append(nil)) }

func (v TSVector) append(dst []byte) []byte {
	for i, l := range v {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = appendLexeme(dst, l.Word)
		sep := byte(':')
		for _, p := range l.Positions {
			dst = strconv.AppendUint(append(dst, sep), uint64(p.Pos), 10)
			if p.Weight > WeightD {
				dst = append(dst, "DCBA"[p.Weight&3])
			}
			sep = ','
		}
	}
	return dst
}

// appendLexeme appends a word in quotes, with quotes and backslashes doubled.
func appendLexeme(dst []byte, word string) []byte {
	dst = append(dst, '\'')
	for i := range len(word) {
		if word[i] == '\'' || word[i] == '\\' {
			dst = append(dst, word[i])
		}
		dst = append(dst, word[i])
	}
	return append(dst, '\'')
}

// AppendText appends String.
func (v TSVector) AppendText(dst []byte) ([]byte, error) { return v.append(dst), nil }

// MarshalText returns String.
func (v TSVector) MarshalText() ([]byte, error) { return v.append(nil), nil }

// UnmarshalText reads what the server prints.
func (v *TSVector) UnmarshalText(text []byte) error {
	got := TSVector{}
	p := lexer{src: text}
	for p.space(); !p.done(); p.space() {
		var l Lexeme
		l.Word = p.word()
		if p.take(':') {
			l.Positions = p.positions()
		}
		if p.bad || !p.done() && !p.peek(' ') {
			return badText("tsvector")
		}
		got = append(got, l)
	}
	*v = got
	return nil
}

// AppendPG implements [Marshaler].
func (v TSVector) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDTSVector); err != nil {
		return dst, err
	} else if f == Text {
		return v.append(dst), nil
	}
	dst = appendInt32(dst, int32(len(v)))
	for _, l := range v {
		if hasZero(l.Word) || len(l.Positions) > 1<<15-1 {
			return dst, ErrRange
		}
		dst = append(append(dst, l.Word...), 0)
		dst = appendInt16(dst, int16(len(l.Positions)))
		for _, p := range l.Positions {
			if p.Pos > maxPosition || p.Weight > WeightA {
				return dst, ErrRange
			}
			dst = binary.BigEndian.AppendUint16(dst, p.Pos|uint16(p.Weight)<<14)
		}
	}
	return dst, nil
}

func hasZero(s string) bool {
	for i := range len(s) {
		if s[i] == 0 {
			return true
		}
	}
	return false
}

// ScanPG implements [Unmarshaler].
func (v *TSVector) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTSVector); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	r := reader{src: src}
	got := make(TSVector, r.count(3))
	for i := range got {
		got[i] = r.lexeme()
	}
	err := r.end("tsvector")
	if err == nil {
		*v = got
	}
	return err
}

func (r *reader) lexeme() (l Lexeme) {
	l.Word = r.cstring()
	n := int(uint16(r.int16()))
	if 2*n > len(r.src) {
		r.bad = true
		return l
	}
	if n > 0 {
		l.Positions = make([]Position, n)
	}
	for i := range l.Positions {
		p := uint16(r.int16())
		l.Positions[i] = Position{p & maxPosition, Weight(p >> 14)}
	}
	return l
}

// lexer reads the texts of tsvector and tsquery. After the first piece that is
// not there, bad is true.
type lexer struct {
	src []byte
	at  int
	bad bool
}

func (p *lexer) done() bool { return p.at >= len(p.src) }

func (p *lexer) peek(c byte) bool { return p.at < len(p.src) && p.src[p.at] == c }

func (p *lexer) take(c byte) bool {
	if !p.peek(c) {
		return false
	}
	p.at++
	return true
}

func (p *lexer) space() {
	for p.peek(' ') {
		p.at++
	}
}

// word reads a word in quotes, or one without that ends before what has a
// meaning of its own.
func (p *lexer) word() string {
	var word []byte
	if p.take('\'') {
		for !p.done() {
			c := p.src[p.at]
			p.at++
			if c == '\'' && !p.take('\'') {
				return string(word)
			}
			if c == '\\' && !p.done() {
				c = p.src[p.at]
				p.at++
			}
			word = append(word, c)
		}
		p.bad = true
		return ""
	}
	for !p.done() && !isOperator(p.src[p.at]) {
		if p.take('\\') && p.done() {
			p.bad = true
			return ""
		}
		word = append(word, p.src[p.at])
		p.at++
	}
	p.bad = p.bad || len(word) == 0
	return string(word)
}

func isOperator(c byte) bool {
	switch c {
	case ' ', ':', '&', '|', '!', '(', ')', '<', '\'':
		return true
	}
	return false
}

func (p *lexer) positions() (all []Position) {
	for !p.bad {
		n := p.number(maxPosition)
		pos := Position{Pos: uint16(n)}
		for w := WeightC; w <= WeightA; w++ {
			if p.take("DCBA"[w]) {
				pos.Weight = w
			}
		}
		all = append(all, pos)
		if !p.take(',') {
			break
		}
	}
	return all
}

// number reads digits up to a greatest value.
func (p *lexer) number(most int) (n int) {
	start := p.at
	for !p.done() && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
		n = min(n*10+int(p.src[p.at]-'0'), most+1)
		p.at++
	}
	p.bad = p.bad || p.at == start || n > most
	return n
}
