package conninfo

import (
	"slices"
	"testing"
)

func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		conn string
		want []string
		err  string
	}{
		{"", []string{"/tmp/.s.PGSQL.5432"}, ""},
		{"port=7", []string{"/tmp/.s.PGSQL.7"}, ""},
		{"port=5433", []string{"/var/run/postgresql/.s.PGSQL.5433"}, ""},
		{"host=a,b port=1", []string{"a:1", "b:1"}, ""},
		{"host=a,b port=1,2", []string{"a:1", "b:2"}, ""},
		{"host=a,b port=,2", []string{"a:5432", "b:2"}, ""},
		{"host=a,,/s,@x", []string{"a:5432", "/tmp/.s.PGSQL.5432", "/s/.s.PGSQL.5432", "@x/.s.PGSQL.5432"}, ""},
		{"hostaddr=::1,10.0.0.1", []string{"[::1]:5432", "10.0.0.1:5432"}, ""},
		{"host=a,b hostaddr=::1,10.0.0.1", []string{"a:5432 (::1)", "b:5432 (10.0.0.1)"}, ""},
		{"host=a,/s hostaddr=,10.0.0.1", []string{"a:5432", "/s:5432 (10.0.0.1)"}, ""},
		{"host=::1", []string{"[::1]:5432"}, ""},
		{"host=a,b hostaddr=::1", nil, "connection string, byte 9: cannot match 2 host names to 1 hostaddr value"},
		{"host=a hostaddr=::1,::2", nil, "connection string, byte 7: cannot match 1 host name to 2 hostaddr values"},
		{"host=a port=1,2", nil, "connection string, byte 7: cannot match 2 ports to 1 host"},
		{"host=a,b,c port=1,2", nil, "connection string, byte 11: cannot match 2 ports to 3 hosts"},
		{"host=a,b port=1,x", nil, `connection string, byte 9: invalid port "x"`},
		{"host=a@b", []string{"a@b:5432"}, ""},
		{"postgres://u:p@sesame@h/d", nil, `connection uri, byte 15: host name with "@" (in a user name or password it must be written %40)`},
	} {
		o, err := Parse(tt.conn)
		if err != nil {
			t.Fatal(err)
		}
		sys := machine(nil, map[string]string{"socket /var/run/postgresql/.s.PGSQL.5433": ""})
		list, err := hosts(o, &sys)
		var got []string
		for _, h := range list {
			got = append(got, h.String())
		}
		if !slices.Equal(got, tt.want) || (err == nil) != (tt.err == "") || err != nil && err.Error() != "conninfo: "+tt.err {
			t.Errorf("%q: got %q, %v, want %q, %s", tt.conn, got, err, tt.want, tt.err)
		}
	}
}

func TestHostDefaultOnWindows(t *testing.T) {
	sys := machine(nil, nil)
	sys.GOOS = "windows"
	list, err := hosts(new(Options), &sys)
	if err != nil || len(list) != 1 || list[0].Kind != HostName || list[0].Name != "localhost" {
		t.Errorf("got %v, %v", list, err)
	}
}

// TestPasswords holds that every host has the password of its own line, by name
// and never by address when there is a name.
func TestPasswords(t *testing.T) {
	files := map[string]string{"/ada/.pgpass": "a:1:*:*:pa\nb:2:*:*:pb\n10.0.0.3:*:*:*:pc\n10.0.0.1:*:*:*:wrong\nlocalhost:*:*:*:plocal\n/s:*:*:*:ps\n/tmp:*:*:*:ptmp\n"}
	for conn, want := range map[string][]string{
		"host=a,b,c port=1,2,3":                                {"pa", "pb", ""},
		"host=a,b, hostaddr=10.0.0.1,10.0.0.2,10.0.0.3 port=1": {"pa", "", "pc"},
		"host=,/s,/tmp":                                        {"plocal", "ps", "plocal"},
		"port=5433":                                            {"plocal"},
		"host=/tmp,/var/run/postgresql port=5433":              {"ptmp", "plocal"},
		"host=localhost":                                       {"plocal"},
		"host=a,b port=1,2 password=given":                     {"given", "given"},
		"host=a port=1 password=''":                            {"pa"},
	} {
		sys := machine(nil, map[string]string{"/ada/.pgpass": files["/ada/.pgpass"], "socket /var/run/postgresql/.s.PGSQL.5433": ""})
		c, err := Resolve(conn, sys)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range c.Hosts {
			got = append(got, string(h.Password))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", conn, got, want)
		}
	}
}

func TestPasswordSource(t *testing.T) {
	sys := machine(map[string]string{"PGPASSWORD": ""}, map[string]string{"/ada/.pgpass": "#\n*:*:*:*:p"})
	c, err := Resolve("host=a", sys)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Hosts[0].PasswordSource, (Source{FromPassfile, "/ada/.pgpass", 2}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	sys = machine(map[string]string{"PGPASSWORD": "p"}, nil)
	if c, err = Resolve("host=a", sys); err != nil {
		t.Fatal(err)
	}
	if got, want := c.Hosts[0].PasswordSource, (Source{FromEnv, "PGPASSWORD", 0}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}
