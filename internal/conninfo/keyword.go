package conninfo

import (
	"slices"
	"strings"
)

// Kind says which values a keyword accepts.
type Kind uint8

// The kinds of values.
const (
	Text      Kind = iota // any text
	Path                  // the name of a file or directory
	List                  // comma-separated, one item for each host
	Integer               // a decimal int32, white space around it allowed
	Ports                 // comma-separated integers from 1 to 65535, empty for the default
	Flag                  // on when the first character is 1
	Enum                  // one of Values, as written
	EnumFold              // one of Values in any case, or empty
	AuthList              // the methods of require_auth
	KeyBase64             // base64 of 32 bytes
)

// kindNames are what documentation calls the kinds.
var kindNames = [...]string{
	"text", "path", "list", "integer", "port list", "0 or 1", "one of", "one of (any case)", "method list", "base64",
}

// String returns a short name for documentation.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Keyword describes one setting. The table of all of them is the only place
// where keywords are listed; parsing, defaults, validation and documentation
// are derived from it.
type Keyword struct {
	Name    string   // as written in a connection string
	Env     string   // the environment variable that stands in, or ""
	Default string   // the compiled default, or "" when there is none
	Secret  bool     // never shown
	Debug   bool     // libpq hides it from connection dialogs
	Since   int      // the first libpq major version that has it; 0 means 9.6 or older
	Kind    Kind     // which values it accepts
	Values  []string // the values of an Enum or EnumFold, in order
	Doc     string   // one sentence
}

// OwnPrefix begins the keywords that are the library's, not libpq's.
const OwnPrefix = "parley."

// Keywords returns the keyword table in libpq's order. The caller owns the slice.
func Keywords() []Keyword {
	t := slices.Clone(table)
	for i := range t {
		t[i].Values = slices.Clone(t[i].Values)
	}
	return t
}

// index finds a row of the table by name.
var index = func() map[string]int {
	m := make(map[string]int, len(table))
	for i := range table {
		m[table[i].Name] = i
	}
	return m
}()

// Lookup returns the keyword with that exact name.
func Lookup(name string) (Keyword, bool) {
	i, ok := index[name]
	if !ok {
		return Keyword{}, false
	}
	k := table[i]
	k.Values = slices.Clone(k.Values)
	return k, true
}

// known reports whether name may stand in a connection string.
func known(name string) bool {
	_, ok := index[name]
	return ok || isOwn(name)
}

// isOwn reports whether name may be one of the library's own keywords: the
// prefix, and words of letters, digits and underscores with single dots between.
func isOwn(name string) bool {
	rest, ok := strings.CutPrefix(name, OwnPrefix)
	if !ok {
		return false
	}
	for word := range strings.SplitSeq(rest, ".") {
		odd := func(r rune) bool { return !strings.ContainsRune(ownChars, r) }
		if word == "" || strings.ContainsFunc(word, odd) {
			return false
		}
	}
	return true
}

const ownChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// isSecret reports whether the value of the keyword must never be shown. The
// library's own keywords are judged by their names.
func isSecret(name string) bool {
	if i, ok := index[name]; ok {
		return table[i].Secret
	}
	for _, word := range []string{"password", "secret", "token", "key"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
