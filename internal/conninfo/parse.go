package conninfo

import "strings"

// uriPrefixes are what a connection string must begin with to be a URI.
// Letter case counts.
var uriPrefixes = [...]string{"postgresql://", "postgres://"}

// uriPrefix returns the prefix that makes s a URI, or "".
func uriPrefix(s string) string {
	for _, p := range uriPrefixes {
		if strings.HasPrefix(s, p) {
			return p
		}
	}
	return ""
}

// IsConnString reports whether the name of a database is to be read as a connection
// string, as [ParseParams] does: it begins like a URI or has an equals sign.
func IsConnString(s string) bool { return uriPrefix(s) != "" || strings.IndexByte(s, '=') >= 0 }

// Parse reads a connection string of either form and nothing else: no
// environment, no files, no defaults. Its errors are of type [*Error].
func Parse(s string) (*Options, error) {
	o := new(Options)
	if err := o.parse(s); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *Options) parse(s string) error {
	kind := FromString
	prefix := uriPrefix(s)
	if prefix != "" {
		kind = FromURI
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		return fail(Source{Kind: kind, Pos: i}, "", "zero byte")
	}
	if prefix != "" {
		return (&uriParser{o: o, s: s}).parse(len(prefix))
	}
	return (&kvParser{o: o, s: s}).parse()
}

// store gives an option as the grammars do: requiressl, which libpq keeps for
// old programs, becomes an sslmode.
func (o *Options) store(keyword, value string, src Source) error {
	if keyword == "requiressl" {
		keyword = "sslmode"
		if strings.HasPrefix(value, "1") {
			value = "require"
		} else {
			value = "prefer"
		}
	}
	return o.set(keyword, value, src)
}

// accepts reports whether store knows the keyword.
func accepts(keyword string) bool { return keyword == "requiressl" || known(keyword) }

// Param is an option that a program passes instead of writing a string. An
// empty Value means that the option is not given.
type Param struct {
	Keyword, Value string
}

// ParseParams reads options as libpq's PQconnectdbParams does. Of two params
// with the same keyword the later one counts. When expand is true and the first
// dbname is a connection string, see [IsConnString], then its
// options take the place of that param: they replace what stands before it and
// yield to what comes after.
func ParseParams(params []Param, expand bool) (*Options, error) {
	o := new(Options)
	for _, p := range params {
		first := expand && p.Keyword == "dbname"
		if first {
			expand = false
		}
		if p.Value == "" {
			continue
		}
		if first && IsConnString(p.Value) {
			if err := o.parse(p.Value); err != nil {
				return nil, err
			}
			continue
		}
		if err := o.Set(p.Keyword, p.Value); err != nil {
			return nil, err
		}
	}
	return o, nil
}
