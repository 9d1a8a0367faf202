package conninfo

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// optionalOracle starts an oracle when there is one, and says why when not. In
// continuous integration it must be there.
func optionalOracle(f *testing.F) *oracle {
	f.Helper()
	if _, err := builtOracle(f); err != nil && (os.Getenv("PARLEY_CI") == "" || runtime.GOOS != "linux") {
		f.Logf("only invariants are checked: %v", err)
		return nil
	}
	return newOracle(f)
}

// FuzzParse compares with libpq and holds that what parses comes back from
// KeyValue as it was.
func FuzzParse(f *testing.F) {
	for _, s := range slices.Concat(keyValueStrings, uriStrings) {
		f.Add(s)
	}
	o := optionalOracle(f)
	f.Fuzz(func(t *testing.T, s string) {
		if o != nil && !strings.Contains(s, "\x00") {
			if problem, _ := compare(t, o, s); problem != "" {
				t.Errorf("%q\n\t%s", s, problem)
			}
		}
		options, err := Parse(s)
		if err != nil {
			checkErrorText(t, err)
			return
		}
		again, err := Parse(options.KeyValue())
		if err != nil {
			t.Fatalf("%q parses, but not as %s: %v", s, options.KeyValue(), err)
		}
		if !maps.Equal(optionMap(options), optionMap(again)) {
			t.Errorf("%q comes back as %s", s, again.KeyValue())
		}
		if _, err := options.Resolve(machine(nil, nil)); err != nil {
			checkErrorText(t, err)
		}
	})
}

// checkErrorText holds the form of an error: one line, no full stop.
func checkErrorText(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	if !strings.HasPrefix(text, "conninfo: ") || strings.HasSuffix(text, ".") || strings.ContainsAny(text, "\n\x00") {
		t.Errorf("error text %q", text)
	}
}

// FuzzSecrets puts a password into strings that are broken in every way around
// it, and holds that nothing shows it.
func FuzzSecrets(f *testing.F) {
	const secret = "Zx9sesameQ"
	for _, around := range [][2]string{
		{"", ""}, {"host=a ", " host=b"}, {"", " x=y"}, {"", "'"}, {"port=", ""}, {"sslmode='", "'"}, {`x\`, `\`},
		{"bogus", "="}, {"", "&x=y"}, {"", "/@h"}, {"", "%"}, {"", "#"}, {"", ":1/d?x"}, {"?", "?"}, {"%", "@"}, {"service=", ""},
	} {
		f.Add(around[0], around[1])
	}
	sys := machine(nil, nil)
	f.Fuzz(func(t *testing.T, before, after string) {
		if strings.Contains(before+after, secret) {
			return
		}
		for _, s := range []string{
			before + "password=" + secret + after, before + "password='" + secret + after, "password=" + secret + after + before,
			"postgres://u:" + secret + after, "postgres://" + before + ":" + secret + "@" + after, "postgres://u:" + secret + "@" + before + after,
			"postgres://" + before + "?password=" + secret + after, "postgres://h?password=" + secret + after + "&" + before,
		} {
			for _, text := range everythingShown(s, sys) {
				if strings.Contains(text, secret) && !inPublicOption(s, secret) {
					t.Errorf("%q shows its secret: %s", s, text)
				}
			}
		}
	})
}

// everythingShown is all that this package would show of a connection string.
func everythingShown(s string, sys System) []string {
	shown := []string{Redact(s)}
	o, err := Parse(s)
	if err != nil {
		return append(shown, err.Error())
	}
	shown = append(shown, o.String(), fmt.Sprintf("%+v %#v", o, o))
	c, err := o.Resolve(sys)
	if err != nil {
		return append(shown, err.Error())
	}
	return append(shown, fmt.Sprintf("%+v %#v %v", c, c, c.Hosts), strings.Join(c.Warnings, " "))
}

// inPublicOption reports whether the string gives the text to an option that is no
// secret, as a host or a database: libpq reads it so, and there is nothing to hide.
func inPublicOption(s, text string) bool {
	o, err := Parse(s)
	if err != nil {
		return false
	}
	for v := range o.All() {
		if !isSecret(v.Keyword) && strings.Contains(v.Value, text) {
			return true
		}
	}
	return false
}

// lostLine reports whether libpq loses the last line: it has no end, and fills the
// buffer that grows by doubling to the last byte. See the differences in the
// package documentation.
func lostLine(content string) bool {
	n := len(content) - strings.LastIndexByte(content, '\n')
	return n >= 256 && n&(n-1) == 0
}

// FuzzPassfile compares the look-up of a password with libpq's.
func FuzzPassfile(f *testing.F) {
	for _, s := range passScenarios {
		f.Add("127.0.0.1", s.files[".pgpass"])
	}
	f.Add("::1", vault)
	o := optionalOracle(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, host, content string) {
		got, _, _ := (&passfile{"f", []byte(content)}).find(host, "1", "d", "u")
		if o == nil || lostLine(content) || strings.ContainsAny(host+content, "\x00") || strings.ContainsAny(host, ",") || host == "" {
			return
		}
		file := filepath.Join(dir, "pass")
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if host == "/tmp" {
			got, _, _ = (&passfile{"f", []byte(content)}).find("localhost", "1", "d", "u")
		}
		reply := o.mustAsk(t, "C"+here+"user=u dbname=d passfile="+quote(file)+" host="+quote(host))
		if want := reply.pairs()["@pass"]; want != got {
			t.Errorf("host %q, file %q: libpq has %q, here %q", host, content, want, got)
		}
	})
}

// FuzzServiceFile compares what a service file gives with libpq's reading.
func FuzzServiceFile(f *testing.F) {
	for _, s := range scenarios {
		if content := s.files[".pg_service.conf"]; content != "" {
			f.Add(content)
		}
	}
	f.Add(golden)
	o := optionalOracle(f)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content string) {
		file := filepath.Join(dir, "service")
		sys := machine(nil, map[string]string{file: content})
		options, err := ParseParams([]Param{{"service", "s"}, {"servicefile", file}, {"hostaddr", "127.0.0.1"}, {"port", "1"}}, false)
		if err != nil {
			t.Fatal(err)
		}
		err = options.addService(&sys)
		if err != nil {
			checkErrorText(t, err)
		}
		if o == nil || strings.Contains(content, "\x00") || len(options.Own()) > 0 {
			return
		}
		for _, name := range []string{"oauth_ca_file", "host", "load_balance_hosts", OwnPrefix} {
			if strings.Contains(content, name) {
				return // new in libpq 19, or changes what is tried
			}
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		o.with(t, map[string]string{"PGSERVICEFILE": file})
		theirs := o.mustAsk(t, "Cservice=s "+here).pairs()
		message := theirs["@error"]
		refused := strings.Contains(message, "service file \"") || strings.HasPrefix(message, "definition of service")
		if refused != (err != nil) {
			t.Errorf("%q: libpq says %s, here %v", content, message, err)
		}
		for v := range options.All() {
			if v.Source.Kind == FromService && v.Keyword != "servicefile" && v.Value != "" && err == nil && theirs[v.Keyword] != v.Value && strings.Contains(message, "connection to server") {
				t.Errorf("%q: %s is %q to libpq, here %q", content, v.Keyword, theirs[v.Keyword], v.Value)
			}
		}
	})
}
