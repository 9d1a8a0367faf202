package conninfo

import (
	"bytes"
	"errors"
	"io/fs"
	"strings"
)

// maxServiceLine is libpq's line buffer: a line must be shorter than this,
// its end included.
const maxServiceLine = 1023

// addService takes options from the service file when a service is named. It
// changes nothing that is set.
//
// The file is the one of servicefile or PGSERVICEFILE, which must exist, else the
// user's. When the group is not in it, the system's file is searched.
func (o *Options) addService(sys *System) error {
	service, src, ok := o.envValue(sys, "service")
	if !ok {
		return nil
	}
	file, fileSrc, named := o.envValue(sys, "servicefile")
	if !named {
		file = sys.homeFile(".pg_service.conf", ".pg_service.conf")
		if file != "" {
			_, err := sys.Stat(file)
			named = err == nil
		}
	}
	if named {
		data, err := sys.ReadFile(file)
		if err != nil {
			return &Error{Source: fileSrc, Keyword: "servicefile", Problem: "cannot read the service file", Err: err}
		}
		if found, err := o.addGroup(file, data, service); found || err != nil {
			return err
		}
	}
	for _, dir := range sys.configDirs() {
		file := sys.join(dir, "pg_service.conf")
		data, err := sys.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return &Error{Source: Source{Kind: FromService, Name: file}, Keyword: "servicefile", Problem: "cannot read the service file", Err: err}
		}
		if found, err := o.addGroup(file, data, service); found || err != nil {
			return err
		}
	}
	return fail(src, "service", "service %s is not defined in any service file", shown(service))
}

// envValue returns a given option, or else its environment variable.
func (o *Options) envValue(sys *System, keyword string) (string, Source, bool) {
	if v, ok := o.values[keyword]; ok {
		return v.Value, v.Source, true
	}
	env := table[index[keyword]].Env
	value, ok := sys.LookupEnv(env)
	return value, Source{Kind: FromEnv, Name: env}, ok
}

func (s *System) configDirs() []string {
	if dir, ok := s.LookupEnv("PGSYSCONFDIR"); ok {
		return []string{dir}
	}
	return s.ConfigDirs
}

// addGroup takes the options of the first group with that name, and reports
// whether there is one. On success the option servicefile is set to the file.
func (o *Options) addGroup(file string, data []byte, service string) (bool, error) {
	found := false
	number := 0
	for line := range bytes.Lines(data) {
		number++
		src := Source{Kind: FromService, Name: file, Pos: number}
		if len(line) >= maxServiceLine {
			return false, fail(src, "", "line is longer than %d bytes", maxServiceLine-1)
		}
		text := strings.TrimFunc(string(line), func(r rune) bool { return r < 0x80 && isSpace(byte(r)) })
		switch {
		case text == "" || text[0] == '#':
		case text[0] == '[':
			if found {
				return true, o.set("servicefile", file, src)
			}
			found = strings.HasPrefix(text[1:], service+"]")
		case found:
			if err := o.addServiceLine(text, src); err != nil {
				return false, err
			}
		}
	}
	if !found {
		return false, nil
	}
	return true, o.set("servicefile", file, Source{Kind: FromService, Name: file})
}

// addServiceLine takes one "keyword=value". There is no quoting, and no space
// around the equals sign is dropped.
func (o *Options) addServiceLine(text string, src Source) error {
	name, value, ok := strings.Cut(text, "=")
	switch {
	case strings.HasPrefix(text, "ldap"):
		return fail(src, "", "ldap look-ups are not supported")
	case !ok:
		return fail(src, "", "missing \"=\"")
	case name == "service" || name == "servicefile":
		return fail(src, name, "%s cannot be set in a service file", name)
	case known(strings.TrimSpace(name)) && !known(name):
		return fail(src, "", "space before \"=\"")
	case !known(name):
		return unknownKeyword(src, name, false)
	}
	if _, given := o.values[name]; given {
		return nil
	}
	return o.set(name, value, src)
}
