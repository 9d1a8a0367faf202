package conninfo

import "testing"

func TestRequireAuth(t *testing.T) {
	const list = "want one of password, md5, gss, sspi, scram-sha-256, oauth, none"
	for _, tt := range []struct{ in, allowed, err string }{
		{"password", "password", ""},
		{"scram-sha-256,none", "scram-sha-256,none", ""},
		{"none,oauth,scram-sha-256,sspi,gss,md5,password", "password,md5,gss,sspi,scram-sha-256,oauth,none", ""},
		{"!password", "md5,gss,sspi,scram-sha-256,oauth,none", ""},
		{"!none,!password,!md5", "gss,sspi,scram-sha-256,oauth", ""},
		{"!password,!md5,!gss,!sspi,!scram-sha-256,!oauth,!none", "", ""},
		{"md5,!gss", "", `require_auth mixes methods with and without "!"`},
		{"!md5,gss", "", `require_auth mixes methods with and without "!"`},
		{"md5,md5", "", `require_auth method "md5" is given twice`},
		{"!none,!none", "", `require_auth method "!none" is given twice`},
		{"md5,", "", `invalid require_auth method "", ` + list},
		{"MD5", "", `invalid require_auth method "MD5", ` + list},
		{"!!md5", "", `invalid require_auth method "!md5", ` + list},
	} {
		o := new(Options)
		if err := o.Set("require_auth", tt.in); err != nil {
			t.Fatal(err)
		}
		got, err := requireAuth(o)
		switch {
		case tt.err != "" && (err == nil || err.(*Error).Problem != tt.err):
			t.Errorf("%s: got %v, want %s", tt.in, err, tt.err)
		case tt.err == "" && (err != nil || !got.IsSet() || got.String() != tt.allowed):
			t.Errorf("%s: got %q, %v, want %q", tt.in, got, err, tt.allowed)
		}
	}
}

func TestRequireAuthAllows(t *testing.T) {
	var zero RequireAuth
	if zero.IsSet() || zero.String() != "" || !zero.Allows(authAll) {
		t.Error("the zero value restricts something")
	}
	r := RequireAuth{allowed: AuthSCRAM | AuthGSS, set: true}
	if !r.Allows(AuthSCRAM) || !r.Allows(AuthSCRAM|AuthGSS) || r.Allows(AuthSCRAM|AuthMD5) || r.Allows(AuthNone) {
		t.Errorf("%v allows the wrong methods", r)
	}
}
