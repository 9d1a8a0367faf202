package conninfo

import "testing"

// TestPrecedence walks one keyword down from the string to the default.
func TestPrecedence(t *testing.T) {
	env := map[string]string{"PGSERVICE": "s", "PGPORT": "3"}
	files := map[string]string{"/ada/.pg_service.conf": "[s]\nport=2\n"}
	for _, tt := range []struct {
		conn       string
		env, files map[string]string
		want       string
		source     SourceKind
	}{
		{"port=1", env, files, "1", FromString},
		{"postgres://:1", env, files, "1", FromURI},
		{"port=''", env, files, "", FromString},
		{"postgres://:/", env, files, "2", FromService},
		{"postgres://?port=", env, files, "", FromURI},
		{"", env, files, "2", FromService},
		{"", map[string]string{"PGPORT": "3"}, files, "3", FromEnv},
		{"", map[string]string{"PGPORT": ""}, files, "", FromEnv},
		{"", nil, files, "5432", FromDefault},
	} {
		o, err := Parse(tt.conn)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.AddDefaults(machine(tt.env, tt.files)); err != nil {
			t.Fatal(err)
		}
		got, _ := o.Get("port")
		if got != tt.want || o.Source("port").Kind != tt.source {
			t.Errorf("%q: port %q from %v, want %q", tt.conn, got, o.Source("port"), tt.want)
		}
	}
}

func TestDefaultSSLMode(t *testing.T) {
	for _, tt := range []struct {
		name string
		conn string
		env  map[string]string
		want string
	}{
		{"default", "", nil, "prefer"},
		{"system", "sslrootcert=system", nil, "verify-full"},
		{"system by the environment", "", map[string]string{"PGSSLROOTCERT": "system"}, "verify-full"},
		{"given", "sslrootcert=system sslmode=require", nil, "require"},
		{"variable", "sslrootcert=system", map[string]string{"PGSSLMODE": "allow"}, "allow"},
		{"old variable", "", map[string]string{"PGREQUIRESSL": "1"}, "require"},
		{"old variable off", "", map[string]string{"PGREQUIRESSL": "0"}, "prefer"},
		{"both variables", "", map[string]string{"PGREQUIRESSL": "1", "PGSSLMODE": "disable"}, "disable"},
	} {
		o, err := Parse(tt.conn)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.AddDefaults(machine(tt.env, nil)); err != nil {
			t.Fatal(err)
		}
		if got, _ := o.Get("sslmode"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	o, err := Defaults(machine(map[string]string{"PGHOST": "h"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	want := "user=ada channel_binding=prefer host=h port=5432 options='' sslmode=prefer sslnegotiation=postgres sslcompression=0 sslsni=1 " +
		"ssl_min_protocol_version=TLSv1.2 gssencmode=disable krbsrvname=postgres gssdelegation=0 target_session_attrs=any load_balance_hosts=disable"
	if got := o.KeyValue(); got != want {
		t.Errorf("got\n\t%s, want\n\t%s", got, want)
	}
	if o.Source("user").Kind != FromSystem || o.Source("host") != (Source{FromEnv, "PGHOST", 0}) {
		t.Errorf("sources %v and %v", o.Source("user"), o.Source("host"))
	}
	if _, err := Defaults(machine(map[string]string{"PGSERVICE": "x"}, nil)); err == nil {
		t.Error("a service that does not exist is no error")
	}
}
