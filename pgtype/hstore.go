package pgtype

import (
	"maps"
	"slices"
)

// Hstore is the extension hstore's map of texts; a nil value is NULL.
type Hstore map[string]*string

// String returns the pairs as the server prints them, in its order, which is
// that of the keys' lengths and then their bytes.
func (h Hstore) String() string { return string(h.append(nil)) }

// keys returns the keys in the server's order.
func (h Hstore) keys() []string {
	return slices.SortedFunc(maps.Keys(h), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return compare(a, b)
	})
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (h Hstore) append(dst []byte) []byte {
	for i, k := range h.keys() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = append(appendPair(dst, k), "=>"...)
		if v := h[k]; v != nil {
			dst = appendPair(dst, *v)
		} else {
			dst = append(dst, "NULL"...)
		}
	}
	return dst
}

func appendPair(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, s[i])
	}
	return append(dst, '"')
}

// AppendText appends String.
func (h Hstore) AppendText(dst []byte) ([]byte, error) { return h.append(dst), nil }

// MarshalText returns String.
func (h Hstore) MarshalText() ([]byte, error) { return h.append(nil), nil }

// UnmarshalText reads what the server prints.
func (h *Hstore) UnmarshalText(text []byte) error {
	got := Hstore{}
	p := pairs{src: text}
	for p.space(); p.at < len(p.src); p.space() {
		if len(got) > 0 {
			p.expect(",")
			p.space()
		}
		key, _ := p.text()
		p.expect("=>")
		value, null := p.text()
		if p.bad {
			return badText("hstore")
		}
		if null {
			got[key] = nil
		} else {
			got[key] = &value
		}
	}
	*h = got
	return nil
}

// pairs reads an hstore's text from left to right. After the first piece that
// is not there, bad is true.
type pairs struct {
	src []byte
	at  int
	bad bool
}

func (p *pairs) space() {
	for p.at < len(p.src) && p.src[p.at] == ' ' {
		p.at++
	}
}

func (p *pairs) expect(s string) {
	if len(p.src)-p.at < len(s) || string(p.src[p.at:p.at+len(s)]) != s {
		p.bad = true
		p.at = len(p.src)
		return
	}
	p.at += len(s)
}

// text reads a text in quotes, or NULL.
func (p *pairs) text() (s string, null bool) {
	if p.at < len(p.src) && p.src[p.at] == 'N' {
		p.expect("NULL")
		return "", true
	}
	p.expect(`"`)
	var b []byte
	for p.at < len(p.src) {
		c := p.src[p.at]
		p.at++
		if c == '"' {
			return string(b), false
		}
		if c == '\\' && p.at < len(p.src) {
			c = p.src[p.at]
			p.at++
		}
		b = append(b, c)
	}
	p.bad = true
	return "", false
}

// AppendPG implements [Marshaler].
func (h Hstore) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writesExt(t, f, "hstore"); err != nil {
		return dst, err
	} else if f == Text {
		return h.append(dst), nil
	}
	dst = appendInt32(dst, int32(len(h)))
	for k, v := range h {
		dst = append(appendInt32(dst, int32(len(k))), k...)
		if v == nil {
			dst = appendInt32(dst, -1)
			continue
		}
		dst = append(appendInt32(dst, int32(len(*v))), *v...)
	}
	return dst, nil
}

// ScanPG implements [Unmarshaler].
func (h *Hstore) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := readsExt(t, f, "hstore"); err != nil {
		return err
	} else if f == Text {
		return h.UnmarshalText(src)
	}
	r := reader{src: src}
	n := r.count(8)
	got := make(Hstore, n)
	for range n {
		key := string(r.take(int(r.int32())))
		size := r.int32()
		if size == -1 {
			got[key] = nil
			continue
		}
		got[key] = new(string(r.take(int(size))))
	}
	err := r.end("hstore")
	if err == nil {
		*h = got
	}
	return err
}
