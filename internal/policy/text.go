package policy

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

const textWhy = "what is in the repository must mean the same on every machine and in every year: no path of somebody's machine, no host " +
	"name of a package registry (say the package's name, the client knows the host), and no note to oneself (do it, or open an issue)."

// The patterns are put together from pieces, so that this file does not break its own rule.
var unwanted = []struct {
	sub, what string
	pattern   *regexp.Regexp
}{
	{"note", "a note to oneself", regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)},
	{"path", "a path of one machine", regexp.MustCompile(`(^|[\s"'` + "`" + `(=:,])(/wo` + `rk/|/ro` + `ot/|/ho` + `me/|/Us` + `ers/|[A-Z]:\\Us` + `ers\\)[A-Za-z0-9._]`)},
	{"host", "a registry's host name", regexp.MustCompile(`\b(` + strings.Join([]string{
		`npm` + `js\.(org|com)`, `yarn` + `pkg\.com`, `(proxy|sum)\.go` + `lang\.org`, `go` + `proxy\.(io|cn)`,
		`(deb|security|ftp)\.deb` + `ian\.org`, `(archive|ports)\.ubu` + `ntu\.com`, `py` + `pi\.org`, `python` + `hosted\.org`, `cra` + `tes\.io`,
	}, "|") + `)\b`)},
}

// checkText reads every text file but fuzz corpora, which are whatever broke something once.
func checkText(t *tree) []finding {
	var found []finding
	for _, f := range t.files {
		if !f.isText() || f.inTestdata() && strings.Contains(f.path, "testdata/fuzz/") {
			continue
		}
		found = append(found, checkLines(f)...)
	}
	return found
}

func checkLines(f *file) []finding {
	var found []finding
	s := bufio.NewScanner(bytes.NewReader(f.text))
	s.Buffer(nil, len(f.text)+1)
	for line := 1; s.Scan(); line++ {
		for _, u := range unwanted {
			if hit := u.pattern.FindString(s.Text()); hit != "" {
				found = append(found, finding{f.path, line, u.sub, fmt.Sprintf("%s: %s", u.what, strings.TrimSpace(hit))})
			}
		}
	}
	return found
}
