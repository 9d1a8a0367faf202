package pgtest

import "testing"

func TestDSN(t *testing.T) {
	s := &Server{
		config:  Config{User: "us er", Password: `p'w\%`, Database: "d/b", TCP: true},
		private: &private{dir: "/tmp/parley-1"},
		port:    5433,
	}
	for _, c := range []struct{ name, got, want string }{
		{"DSN", s.DSN(), `host=/tmp/parley-1 port=5433 user='us er' dbname=d/b password='p\'w\\%'`},
		{"TCPDSN", s.TCPDSN(), `host=127.0.0.1 port=5433 user='us er' dbname=d/b password='p\'w\\%'`},
		{"URI", s.URI(), `postgresql://us%20er:p%27w%5C%25@%2Ftmp%2Fparley-1:5433/d%2Fb`},
		{"TCPURI", s.TCPURI(), `postgresql://us%20er:p%27w%5C%25@127.0.0.1:5433/d%2Fb`},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
	s.config = Config{User: "u", Database: "d"}
	if got, want := s.DSN(), "host=/tmp/parley-1 port=5433 user=u dbname=d"; got != want {
		t.Errorf("DSN is %s, want %s", got, want)
	}
	if s.TCPDSN() != "" || s.TCPURI() != "" || s.TCPAddr() != "" {
		t.Error("a server without TCP has addresses of it")
	}
}

func TestQuoteKeyword(t *testing.T) {
	for s, want := range map[string]string{"": "''", "plain": "plain", "a b": "'a b'", "a'b": `'a\'b'`, `a\b`: `'a\\b'`, "a\nb": "'a\nb'"} {
		if got := quoteKeyword(s); got != want {
			t.Errorf("%q is quoted %s, want %s", s, got, want)
		}
	}
}
