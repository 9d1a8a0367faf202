package conninfo

import (
	"fmt"
	"strings"
)

// SourceKind is the sort of place a value was read from.
type SourceKind uint8

// The places, in order of precedence.
const (
	FromProgram  SourceKind = iota // passed by the program as a [Param] or with Set
	FromString                     // a keyword/value string; Pos is a byte offset from zero
	FromURI                        // a URI; Pos is a byte offset from zero
	FromService                    // a service file; Name is the file, Pos the line from one
	FromEnv                        // an environment variable; Name is the variable
	FromDefault                    // the compiled default
	FromSystem                     // the operating system, as for user
	FromPassfile                   // the password file; Name is the file, Pos the line from one
)

// Source is the place a value was read from.
type Source struct {
	Kind SourceKind
	Name string // file or variable, where the kind has one
	Pos  int    // byte offset or line, where the kind has one
}

// String names the place, as errors do.
func (s Source) String() string {
	switch s.Kind {
	case FromString:
		return fmt.Sprintf("connection string, byte %d", s.Pos)
	case FromURI:
		return fmt.Sprintf("connection uri, byte %d", s.Pos)
	case FromService:
		return fileLine("service file", s)
	case FromPassfile:
		return fileLine("password file", s)
	case FromEnv:
		return "environment variable " + s.Name
	case FromDefault:
		return "default"
	case FromSystem:
		return "operating system"
	}
	return "parameters"
}

func fileLine(what string, s Source) string {
	if s.Pos == 0 {
		return fmt.Sprintf("%s %q", what, s.Name)
	}
	return fmt.Sprintf("%s %q, line %d", what, s.Name, s.Pos)
}

// Error says what is wrong with a connection string, and where. It never
// holds the value of a secret.
type Error struct {
	Source  Source // the place
	Keyword string // the keyword concerned, or ""
	Problem string // what is wrong there
	Err     error  // the cause, when it is another error
}

// Error returns the place and the problem on one line.
func (e *Error) Error() string {
	s := "conninfo: " + e.Source.String() + ": " + e.Problem
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause, or nil.
func (e *Error) Unwrap() error { return e.Err }

// fail returns an Error at a place.
func fail(s Source, keyword, format string, args ...any) *Error {
	return &Error{Source: s, Keyword: keyword, Problem: fmt.Sprintf(format, args...)}
}

// quotable is what a piece of a connection string must look like to be shown in
// an error. A password that was not quoted or escaped rightly can turn up as
// any piece at all, so the rule is narrow.
const (
	quotableChars = ownChars + "-.+!, "
	quotableLen   = 40
)

// shown returns text in quotes, or only its length when it does not look like
// a name or a number.
func shown(text string) string {
	odd := func(r rune) bool { return !strings.ContainsRune(quotableChars, r) }
	if len(text) > quotableLen || strings.ContainsFunc(text, odd) {
		return fmt.Sprintf("of %d bytes", len(text))
	}
	return `"` + text + `"`
}

// unknownKeyword is the error for a name that is not in the table. When a secret
// was given just before, the name may be a part of it and is kept back.
func unknownKeyword(s Source, name string, hide bool) *Error {
	if name == "" {
		return fail(s, "", "keyword is missing before \"=\"")
	}
	if hide {
		return fail(s, "", "unknown keyword after a secret (quote or escape the secret's special characters)")
	}
	if strings.HasPrefix(name, OwnPrefix) {
		return fail(s, "", "unknown keyword %s: words of letters, digits and underscores must follow the prefix", shown(name))
	}
	if k := suggest(name); k != "" {
		return fail(s, "", "unknown keyword %s, did you mean %q?", shown(name), k)
	}
	return fail(s, "", "unknown keyword %s (run-time settings belong in options, as -c name=value)", shown(name))
}
