package conninfo

import (
	"slices"
	"testing"
)

func TestStartup(t *testing.T) {
	for _, tt := range []struct {
		conn string
		env  map[string]string
		want []Setting
	}{
		{"", nil, nil},
		{"application_name=a fallback_application_name=b", nil, []Setting{{"application_name", "a"}}},
		{"fallback_application_name=b", nil, []Setting{{"application_name", "b"}}},
		{"fallback_application_name=b", map[string]string{"PGAPPNAME": "e"}, []Setting{{"application_name", "e"}}},
		{"application_name='' fallback_application_name=b", nil, nil},
		{"client_encoding=auto", nil, []Setting{{"client_encoding", "UTF8"}}},
		{"client_encoding=latin1 options='-c a=b' replication=database", nil, []Setting{{"replication", "database"}, {"options", "-c a=b"}, {"client_encoding", "latin1"}}},
		{"", map[string]string{"PGDATESTYLE": "ISO", "PGTZ": "UTC", "PGGEQO": "on"}, []Setting{{"datestyle", "ISO"}, {"timezone", "UTC"}, {"geqo", "on"}}},
		{"", map[string]string{"PGDATESTYLE": "Default", "PGTZ": "", "PGGEQO": "DEFAULT"}, nil},
	} {
		c, err := Resolve(tt.conn, machine(tt.env, nil))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.Startup, tt.want) {
			t.Errorf("%q %v: got %v, want %v", tt.conn, tt.env, c.Startup, tt.want)
		}
	}
}
