package conninfo

import "strings"

// AuthMethod is a method of authentication that require_auth can name.
type AuthMethod uint8

// The methods, as bits. AuthNone is a server that asks for nothing.
const (
	AuthPassword AuthMethod = 1 << iota
	AuthMD5
	AuthGSS
	AuthSSPI
	AuthSCRAM
	AuthOAuth
	AuthNone

	authAll = AuthPassword | AuthMD5 | AuthGSS | AuthSSPI | AuthSCRAM | AuthOAuth | AuthNone
)

// authNames are in the order of the bits.
var authNames = [...]string{"password", "md5", "gss", "sspi", "scram-sha-256", "oauth", "none"}

// RequireAuth is what require_auth allows the server to ask for. The zero
// value allows everything.
type RequireAuth struct {
	allowed AuthMethod // has a meaning only when set is true
	set     bool
}

// IsSet reports whether require_auth restricts anything.
func (r RequireAuth) IsSet() bool { return r.set }

// Allows reports whether the server may use a method. Of several methods
// together it wants all to be allowed.
func (r RequireAuth) Allows(m AuthMethod) bool { return !r.set || r.allowed&m == m }

// String returns the allowed methods as a list, or "" when everything is allowed.
func (r RequireAuth) String() string {
	if !r.set {
		return ""
	}
	return r.allowed.String()
}

// String returns the names of the methods, joined by commas.
func (m AuthMethod) String() string {
	var names []string
	for i, name := range authNames {
		if m&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// requireAuth reads require_auth: a comma-separated list of methods that are
// allowed, or with "!" before each of them, of methods that are not. A method
// given twice is an error, for a slip here is a risk.
func requireAuth(o *Options) (RequireAuth, error) {
	text, _ := o.Get("require_auth")
	if text == "" {
		return RequireAuth{}, nil
	}
	src := o.Source("require_auth")
	negated := strings.HasPrefix(text, "!")
	var named AuthMethod
	for item := range strings.SplitSeq(text, ",") {
		name, not := strings.CutPrefix(item, "!")
		if not != negated {
			return RequireAuth{}, fail(src, "require_auth", "require_auth mixes methods with and without \"!\"")
		}
		bit, ok := authMethod(name)
		if !ok {
			return RequireAuth{}, fail(src, "require_auth", "invalid require_auth method %s, want one of %s", shown(name), strings.Join(authNames[:], ", "))
		}
		if named&bit != 0 {
			return RequireAuth{}, fail(src, "require_auth", "require_auth method %s is given twice", shown(item))
		}
		named |= bit
	}
	if negated {
		named = authAll &^ named
	}
	return RequireAuth{allowed: named, set: true}, nil
}

func authMethod(name string) (AuthMethod, bool) {
	for i, n := range authNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}
