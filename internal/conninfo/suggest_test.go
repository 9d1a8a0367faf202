package conninfo

import "testing"

func TestSuggest(t *testing.T) {
	for name, want := range map[string]string{
		"hots": "host", "hst": "host", "hosts": "host", "HOST": "host", "Port": "port", "dbnme": "dbname", "usr": "user",
		"ssl_mode": "sslmode", "sslmod": "sslmode", "database": "dbname", "pass": "password", "passwrod": "password", "timeout": "connect_timeout",
		"aplication_name": "application_name", "target_session_attr": "target_session_attrs", "ssl": "sslmode",
		"search_path": "", "x": "", "": "", "statement_timeout": "", "a_very_long_name_that_is_like_no_keyword": "",
	} {
		if got := suggest(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	for alias, keyword := range aliases {
		if _, ok := index[keyword]; !ok {
			t.Errorf("the alias %s stands for %s, which is no keyword", alias, keyword)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 2, 0}, {"abc", "abc", 0, 0}, {"abc", "abd", 2, 1}, {"abc", "acb", 2, 1}, {"abc", "ab", 2, 1}, {"ab", "abc", 2, 1},
		{"abcd", "badc", 2, 2}, {"abc", "xyz", 2, 3}, {"abc", "abcdef", 2, 3}, {"a", "b", -1, 0}, {"kitten", "sitting", 3, 3},
	} {
		if got := distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("distance(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}
