package sqltext

import "strings"

// Several reports whether a text may have several statements: whether anything
// but white space and comments stands behind a semicolon that is in no literal,
// no name and no comment. It says yes too often rather than not often enough: a
// backslash in a literal may hide its end, so all semicolons count then, and those
// in the body of a function that is written without quotes always do.
func Several(sql string) bool {
	if strings.IndexByte(sql, ';') < 0 {
		return false
	}
	ended := false
	for i := 0; i < len(sql); {
		next, what := skip(sql, i)
		switch {
		case what == puzzle:
			return strings.Contains(strings.TrimRight(sql, ";"+blanks), ";")
		case what == nothing:
		case sql[i] == ';':
			ended = true
		case ended:
			return true
		}
		i = next
	}
	return false
}

// piece is what stands at a place of a text.
type piece uint8

const (
	something piece = iota // of a statement
	nothing                // white space or a comment
	puzzle                 // what cannot be read without knowing the session's settings
)

// skip returns where the piece ends that begins at i.
func skip(sql string, i int) (end int, what piece) {
	rest := sql[i:]
	switch c := sql[i]; {
	case strings.IndexByte(blanks, c) >= 0:
		return i + 1, nothing
	case strings.HasPrefix(rest, "--"):
		if n := strings.IndexAny(rest, "\r\n"); n >= 0 {
			return i + n, nothing
		}
		return len(sql), nothing
	case strings.HasPrefix(rest, "/*"):
		return i + comment(rest), nothing
	case c == '\'' || c == '"':
		return quoted(sql, i)
	case c == '$':
		return i + dollarQuoted(rest), something
	case wordByte(c): // as a whole, because a dollar within does not begin a literal
		for i < len(sql) && wordByte(sql[i]) {
			i++
		}
		return i, something
	}
	return i + 1, something
}

// comment returns the length of a comment, with those within it.
func comment(text string) int {
	depth := 0
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth, i = depth+1, i+2
		case strings.HasPrefix(text[i:], "*/"):
			if depth, i = depth-1, i+2; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(text)
}

// quoted returns where a literal or a name in quotes ends. A quote that is doubled
// makes two of it, which comes to the same.
func quoted(sql string, i int) (end int, what piece) {
	n := strings.IndexByte(sql[i+1:], sql[i])
	if n < 0 {
		return len(sql), something
	}
	end = i + 1 + n + 1
	if sql[i] == '\'' && strings.IndexByte(sql[i:end], '\\') >= 0 {
		return end, puzzle
	}
	return end, something
}

// dollarQuoted returns the length of a literal such as $tag$text$tag$; that of the
// dollar and the word behind it if there is none, as in $1.
func dollarQuoted(text string) int {
	tag := 1
	for tag < len(text) && wordByte(text[tag]) && text[tag] != '$' {
		tag++
	}
	if tag == len(text) || text[tag] != '$' || text[1] >= '0' && text[1] <= '9' {
		return tag
	}
	tag++
	n := strings.Index(text[tag:], text[:tag])
	if n < 0 {
		return len(text)
	}
	return tag + n + tag
}

// AsksPast reports whether a text asks what the session did before: for the last
// value of a sequence, of which it takes none itself.
func AsksPast(sql string) bool {
	asks := false
	for w := range words(sql) {
		switch {
		case w.text == "nextval":
			return false
		case w.call && (w.text == "currval" || w.text == "lastval"):
			asks = true
		}
	}
	return asks
}
