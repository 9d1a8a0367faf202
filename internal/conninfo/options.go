package conninfo

import (
	"iter"
	"maps"
	"slices"
	"strings"
)

// Option is a keyword with its value.
type Option struct {
	Keyword string
	Value   string // as it is, also when it is secret
	Source  Source
}

// Options holds the options that were given: what libpq's PQconninfoParse
// shows. The zero value is empty and ready to use.
//
// invariant: every key of values is in the keyword table or begins with OwnPrefix,
// and no value holds a zero byte.
type Options struct {
	values map[string]Option
}

// Get returns the value of a keyword and whether it is given.
func (o *Options) Get(keyword string) (string, bool) {
	v, ok := o.values[keyword]
	return v.Value, ok
}

// Source returns the place an option was read from; it is the zero Source
// when the option is not given.
func (o *Options) Source(keyword string) Source { return o.values[keyword].Source }

// Set gives an option, replacing an earlier value. It fails when the keyword
// is unknown or the value holds a zero byte.
func (o *Options) Set(keyword, value string) error {
	src := Source{Kind: FromProgram}
	if !known(keyword) {
		return unknownKeyword(src, keyword, false)
	}
	return o.set(keyword, value, src)
}

// set stores a value under a keyword that is known.
func (o *Options) set(keyword, value string, src Source) error {
	if strings.IndexByte(value, 0) >= 0 {
		return fail(src, keyword, "value of %s holds a zero byte", keyword)
	}
	o.put(Option{keyword, value, src})
	return nil
}

func (o *Options) put(v Option) {
	if o.values == nil {
		o.values = make(map[string]Option)
	}
	o.values[v.Keyword] = v
}

// Unset takes an option back.
func (o *Options) Unset(keyword string) { delete(o.values, keyword) }

// Clone returns an independent copy.
func (o *Options) Clone() *Options { return &Options{values: maps.Clone(o.values)} }

// All yields the given options in the order of the table, and after them the
// library's own in the order of their names.
func (o *Options) All() iter.Seq[Option] {
	return func(yield func(Option) bool) {
		for i := range table {
			if v, ok := o.values[table[i].Name]; ok && !yield(v) {
				return
			}
		}
		for _, name := range o.ownNames() {
			if !yield(o.values[name]) {
				return
			}
		}
	}
}

// Own returns the options whose keyword begins with OwnPrefix, keyed by the
// rest of the keyword. The caller owns the map.
func (o *Options) Own() map[string]string {
	m := make(map[string]string)
	for _, name := range o.ownNames() {
		m[strings.TrimPrefix(name, OwnPrefix)] = o.values[name].Value
	}
	return m
}

func (o *Options) ownNames() []string {
	var names []string
	for name := range o.values {
		if isOwn(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// KeyValue returns a keyword/value string that parses to the same options,
// secrets included. It is for handing on, never for showing; see String.
func (o *Options) KeyValue() string {
	return o.join(func(v Option) string { return v.Value })
}

// String returns a keyword/value string in which secrets are replaced.
func (o *Options) String() string {
	return o.join(func(v Option) string {
		if v.Value != "" && isSecret(v.Keyword) {
			return redacted
		}
		return v.Value
	})
}

// GoString is String, so that %#v shows no secret either.
func (o *Options) GoString() string { return o.String() }

func (o *Options) join(value func(Option) string) string {
	var b strings.Builder
	for v := range o.All() {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.Keyword + "=" + quote(value(v)))
	}
	return b.String()
}

// quote writes a value so that the keyword/value grammar reads it back. It uses
// quotes only where they are needed.
func quote(value string) string {
	plain := value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return r == '\'' || r == '\\' || r < 0x80 && isSpace(byte(r))
	})
	if plain {
		return value
	}
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
}
