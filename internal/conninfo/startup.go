package conninfo

import "strings"

// startup collects the settings of the session, each only when it has a value:
// options become settings of the startup packet, and PGDATESTYLE, PGTZ and
// PGGEQO too unless they say default.
//
// The fallback application name counts only when application_name is not given
// at all; an empty one hides it.
func startup(o *Options, sys *System) []Setting {
	var list []Setting
	add := func(name, value string) {
		if value != "" {
			list = append(list, Setting{name, value})
		}
	}
	for _, keyword := range []string{"replication", "options"} {
		value, _ := o.Get(keyword)
		add(keyword, value)
	}
	name, given := o.Get("application_name")
	if !given {
		name, _ = o.Get("fallback_application_name")
	}
	add("application_name", name)
	encoding, _ := o.Get("client_encoding")
	if encoding == "auto" {
		encoding = "UTF8"
	}
	add("client_encoding", encoding)
	for _, e := range sessionEnv {
		if value, _ := sys.LookupEnv(e.env); !strings.EqualFold(value, "default") {
			add(e.setting, value)
		}
	}
	return list
}
