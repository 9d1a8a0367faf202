package conninfo

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// A difference is one between libpq 18 and this package that is meant.
type difference struct {
	reason string
	// explains says whether it is the difference in what s gave: libpq's reply, and ours.
	explains func(s string, theirs reply, ours *Options) bool
}

// differences is the whole list.
var differences = []difference{
	{
		"keywords with the prefix parley. are the library's own; libpq has none",
		func(s string, theirs reply, ours *Options) bool {
			return !theirs.ok && ours != nil && len(ours.Own()) > 0
		},
	},
	{
		"servicefile and oauth_ca_file are new in libpq 19",
		func(s string, theirs reply, ours *Options) bool {
			if theirs.ok || ours == nil {
				return false
			}
			for _, k := range table {
				if _, given := ours.Get(k.Name); given && k.Since > 18 {
					return true
				}
			}
			return false
		},
	},
}

// compare parses s with both and returns a description of an unexplained difference, or
// "", and the reason for an explained one.
func compare(t testing.TB, o *oracle, s string) (problem, reason string) {
	t.Helper()
	theirs := o.mustAsk(t, "P"+s)
	ours, err := Parse(s)
	var want, got map[string]string
	if theirs.ok {
		want = theirs.pairs()
	}
	if err == nil {
		got = optionMap(ours)
	}
	if theirs.ok == (err == nil) && maps.Equal(want, got) {
		return "", ""
	}
	for _, d := range differences {
		if d.explains(s, theirs, ours) {
			return "", d.reason
		}
	}
	return "libpq: " + describe(theirs) + "; here: " + errText(ours, err), ""
}

func optionMap(o *Options) map[string]string {
	m := map[string]string{}
	for v := range o.All() {
		m[v.Keyword] = v.Value
	}
	return m
}

func describe(r reply) string {
	if !r.ok {
		return "error " + strings.Join(r.words, " ")
	}
	return strings.Join(r.words, "|")
}

func errText(o *Options, err error) string {
	if err != nil {
		return "error " + err.Error()
	}
	return o.KeyValue()
}

func TestParseAsLibpq(t *testing.T) {
	o := newOracle(t)
	reasons := map[string]int{}
	compared, accepted := 0, 0
	check := func(s string) {
		compared++
		problem, reason := compare(t, o, s)
		if problem != "" {
			t.Errorf("%q\n\t%s", s, problem)
		}
		if reason != "" {
			reasons[reason]++
		}
		if _, err := Parse(s); err == nil {
			accepted++
		}
	}
	for _, s := range slices.Concat(keyValueStrings, uriStrings) {
		check(s)
	}
	if compared < 300 {
		t.Errorf("%d strings in the table, want at least 300", compared)
	}
	t.Logf("%d strings of the table, %d of them accepted", compared, accepted)
	combine(uriParts, check)
	t.Logf("%d strings with the combinations, %d of them accepted", compared, accepted)
	for reason, n := range reasons {
		t.Logf("%d differ: %s", n, reason)
	}
}

// TestTableAsLibpq compares names, variables, defaults and secrecy.
func TestTableAsLibpq(t *testing.T) {
	o := newOracle(t)
	words := o.mustAsk(t, "T").words
	theirs := map[string][]string{}
	var order []string
	for row := range slices.Chunk(words, 4) {
		theirs[row[0]] = row[1:]
		order = append(order, row[0])
	}
	var ours []string
	for _, k := range Keywords() {
		if k.Since > 18 {
			continue
		}
		ours = append(ours, k.Name)
		row := theirs[k.Name]
		if row == nil {
			t.Errorf("libpq has no %s", k.Name)
			continue
		}
		if want := orMissing(k.Env); row[0] != want {
			t.Errorf("%s: libpq reads %q, the table has %q", k.Name, row[0], want)
		}
		if want := orMissing(k.Default); row[1] != want && k.Name != "options" {
			t.Errorf("%s: libpq's default is %q, the table has %q", k.Name, row[1], want)
		}
		if row[2] == "*" && !k.Secret {
			t.Errorf("%s is a password to libpq", k.Name)
		}
		if (row[2] == "D") != k.Debug {
			t.Errorf("%s: libpq shows it as %q, Debug is %v", k.Name, row[2], k.Debug)
		}
	}
	if !slices.Equal(ours, order) {
		t.Errorf("order of keywords\nlibpq: %v\nhere:  %v", order, ours)
	}
}

func orMissing(s string) string {
	if s == "" {
		return "\001"
	}
	return s
}
