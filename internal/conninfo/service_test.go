package conninfo

import (
	"strings"
	"testing"
)

const golden = `# The services of the house.

[other]
host=wrong

  [main]
	host=db1,db2
# the port of the pooler
port=6432
dbname= spaced 
options='-c a=b'
parley.lanes=2
user=
[main]
user=never
`

// serving resolves the service file's options on a machine and compares what
// addService leaves, or the error.
type serving struct {
	name  string
	conn  string
	env   map[string]string
	files map[string]string
	want  string
	err   string
}

func (s serving) check(t *testing.T) {
	t.Helper()
	o, err := Parse(s.conn)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	sys := machine(s.env, s.files)
	err = o.addService(&sys)
	switch {
	case s.err != "" && (err == nil || err.Error() != "conninfo: "+s.err):
		t.Errorf("%s: got error\n\t%v, want\n\tconninfo: %s", s.name, err, s.err)
	case s.err == "" && err != nil:
		t.Errorf("%s: %v", s.name, err)
	case s.err == "" && o.KeyValue() != s.want:
		t.Errorf("%s: got\n\t%s, want\n\t%s", s.name, o.KeyValue(), s.want)
	}
}

func TestService(t *testing.T) {
	const home, system = "/ada/.pg_service.conf", "/etc/postgresql/pg_service.conf"
	own := map[string]string{home: golden}
	group := ` user='' dbname=' spaced' host=db1,db2 port=6432 options='\'-c a=b\'' parley.lanes=2`
	for _, s := range []serving{
		{"not asked for", "host=a", map[string]string{"PGSERVICEFILE": "/none"}, own, "host=a", ""},
		{"the user's file", "service=main", nil, own, "service=main servicefile=" + home + group, ""},
		{"by the environment", "", map[string]string{"PGSERVICE": "main"}, own, "servicefile=" + home + group, ""},
		{"the string comes before the environment", "service=other", map[string]string{"PGSERVICE": "main"}, own, "service=other servicefile=" + home + " host=wrong", ""},
		{"what is given stays", "service=main user=me port='' host=x dbname=d options=o parley.lanes=9", nil, own,
			"service=main servicefile=" + home + " user=me dbname=d host=x port='' options=o parley.lanes=9", ""},
		{"PGSERVICEFILE", "service=s", map[string]string{"PGSERVICEFILE": "/f"}, map[string]string{"/f": "[s]\nuser=f", home: golden}, "service=s servicefile=/f user=f", ""},
		{"servicefile", "service=s servicefile=/g", map[string]string{"PGSERVICEFILE": "/f"}, map[string]string{"/f": "[s]\nuser=f", "/g": "[s]\nuser=g"}, "service=s servicefile=/g user=g", ""},
		{"the system's file", "service=s", nil, map[string]string{system: "[s]\nuser=sys"}, "service=s servicefile=" + system + " user=sys", ""},
		{"the system's file after the user's", "service=s", nil, map[string]string{home: golden, system: "[s]\nuser=sys"}, "service=s servicefile=" + system + " user=sys", ""},
		{"the system's file after servicefile", "service=s servicefile=/g", nil, map[string]string{"/g": "", system: "[s]\nuser=sys"}, "service=s servicefile=" + system + " user=sys", ""},
		{"PGSYSCONFDIR", "service=s", map[string]string{"PGSYSCONFDIR": "/x"}, map[string]string{"/x/pg_service.conf": "[s]\nuser=x", system: "[s]\nuser=sys"}, "service=s servicefile=/x/pg_service.conf user=x", ""},
		{"PGSYSCONFDIR is the only one", "service=s", map[string]string{"PGSYSCONFDIR": "/x"}, map[string]string{system: "[s]\nuser=sys"}, "", `connection string, byte 0: service "s" is not defined in any service file`},
		{"no file at all", "service=s", nil, nil, "", `connection string, byte 0: service "s" is not defined in any service file`},
		{"no such group", "", map[string]string{"PGSERVICE": "mai"}, own, "", `environment variable PGSERVICE: service "mai" is not defined in any service file`},
		{"named file is missing", "service=s servicefile=/g", nil, own, "", "connection string, byte 10: cannot read the service file: open g: file does not exist"},
		{"variable's file is missing", "service=main", map[string]string{"PGSERVICEFILE": "/g"}, own, "", "environment variable PGSERVICEFILE: cannot read the service file: open g: file does not exist"},
		{"servicefile is not read when no service is named", "servicefile=/g", nil, nil, "servicefile=/g", ""},
	} {
		s.check(t)
	}
}

func TestServiceLines(t *testing.T) {
	const at = `service file "/f", line `
	for content, want := range map[string]string{
		"[s]\nuser":                     at + `2: missing "="`,
		"[s]\n\nusr=a":                  at + `3: unknown keyword "usr", did you mean "user"?`,
		"[s]\nuser = a":                 at + `2: space before "="`,
		"[s]\nservice=t":                at + "2: service cannot be set in a service file",
		"[s]\nservicefile=t":            at + "2: servicefile cannot be set in a service file",
		"[s]\nldap://x?y=z":             at + "2: ldap look-ups are not supported",
		"[s]\nuser=a\x00b":              at + "2: value of user holds a zero byte",
		"[s]\nrequiressl=1":             at + `2: unknown keyword "requiressl" (run-time settings belong in options, as -c name=value)`,
		"#" + strings.Repeat("x", 1022): at + "1: line is longer than 1022 bytes",
		"[s]\nuser=ok\n[t]\nnonsense":   "",
		"nonsense\n[s]\nuser=ok":        "",
		"[s]x\r\nuser=ok\r\n":           "",
		"#" + strings.Repeat("x", 1020) + "\n[s]\nuser=ok": "",
	} {
		serving{content, "service=s servicefile=/f", nil, map[string]string{"/f": content}, "service=s servicefile=/f user=ok", want}.check(t)
	}
}

func TestServiceSource(t *testing.T) {
	o, err := Parse("service=main")
	if err != nil {
		t.Fatal(err)
	}
	sys := machine(nil, map[string]string{"/ada/.pg_service.conf": golden})
	if err := o.addService(&sys); err != nil {
		t.Fatal(err)
	}
	if got, want := o.Source("port"), (Source{FromService, "/ada/.pg_service.conf", 9}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
