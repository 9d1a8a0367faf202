package conninfo

import (
	"slices"
	"strings"
	"testing"
)

// unsafeToTry are keywords that would send libpq to other places than the port
// where nothing listens, or to files.
var unsafeToTry = []string{"host", "hostaddr", "port", "service", "servicefile", "passfile"}

// FuzzResolve gives one keyword any value, and compares whether libpq takes it.
func FuzzResolve(f *testing.F) {
	for i := range table {
		for _, value := range append(slices.Clone(table[i].Values), "", "1", " 2 ", "x", "!md5,!gss", "system", "99999999999") {
			f.Add(uint8(i), value)
		}
	}
	o := optionalOracle(f)
	f.Fuzz(func(t *testing.T, row uint8, value string) {
		k := table[int(row)%len(table)]
		if strings.Contains(value, "\x00") || k.Since > 18 || slices.Contains(unsafeToTry, k.Name) || k.Name+"="+value == "gssencmode=require" {
			return
		}
		conn := here + "user=u passfile=/nonexistent/x " + k.Name + "=" + quote(value)
		_, err := Resolve(conn, machine(nil, nil))
		if err != nil {
			checkErrorText(t, err)
			if k.Secret && value != "" && len(value) > 8 && strings.Contains(err.Error(), value) {
				t.Errorf("%q is shown: %v", value, err)
			}
		}
		if o == nil {
			return
		}
		message := o.mustAsk(t, "C"+conn).pairs()["@error"]
		if _, accepted := tried(message); accepted != (err == nil) {
			t.Errorf("%q\n\tlibpq: %s\n\there: %v", conn, strings.TrimSpace(message), err)
		}
	})
}
