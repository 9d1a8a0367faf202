package conninfo

import (
	"bytes"
	"fmt"
	"strings"
)

// passfile is a password file as read, with what it may be asked.
type passfile struct {
	name string
	data []byte
}

// openPassfile reads the password file. A file that is missing or cannot be read
// is as good as empty; one that others could read, or that is not a plain file, is
// ignored with a warning.
func openPassfile(sys *System, name string) (f *passfile, warning string) {
	if name == "" {
		name = sys.homeFile(".pgpass", "pgpass.conf")
	}
	if name == "" {
		return nil, ""
	}
	info, err := sys.Stat(name)
	if err != nil {
		return nil, ""
	}
	if !sys.windows() {
		if !info.Mode().IsRegular() {
			return nil, fmt.Sprintf("password file %q is not a plain file", name)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return nil, fmt.Sprintf("password file %q has group or world access; its mode should be 0600 or less", name)
		}
	}
	data, err := sys.ReadFile(name)
	if err != nil {
		if err == errFileTooLarge {
			return nil, fmt.Sprintf("password file %q is ignored: %v", name, err)
		}
		return nil, ""
	}
	return &passfile{name, data}, ""
}

// find returns the password of the first line that matches, and the line's number:
//
//	host:port:database:user:password
//
// A field that is "*" matches everything; a backslash makes the next byte
// ordinary. The password ends at the next colon.
func (f *passfile) find(host, port, database, user string) (password string, line int, ok bool) {
	if f == nil || database == "" || user == "" {
		return "", 0, false
	}
	number := 0
	for raw := range bytes.Lines(f.data) {
		number++
		text := strings.TrimRight(string(raw), "\r\n")
		if text == "" || text[0] == '#' || strings.IndexByte(text, 0) >= 0 {
			continue
		}
		rest, ok := text, true
		for _, field := range []string{host, port, database, user} {
			if rest, ok = matchField(rest, field); !ok {
				break
			}
		}
		if ok {
			return unescapeField(rest), number, true
		}
	}
	return "", 0, false
}

// matchField compares the first field of a line and returns what follows its colon.
// A colon need not be escaped where one is wanted, so "::1" matches itself.
func matchField(line, want string) (rest string, ok bool) {
	if rest, ok := strings.CutPrefix(line, "*:"); ok {
		return rest, true
	}
	i, j := 0, 0
	for i < len(line) {
		escaped := line[i] == '\\'
		if escaped {
			if i++; i == len(line) {
				return "", false
			}
		}
		if line[i] == ':' && !escaped && j == len(want) {
			return line[i+1:], true
		}
		if j == len(want) || line[i] != want[j] {
			return "", false
		}
		i, j = i+1, j+1
	}
	return "", false
}

// unescapeField returns the text up to the next bare colon without its
// escapes. A backslash at the end stands for itself.
func unescapeField(text string) string {
	var b strings.Builder
	for i := 0; i < len(text) && text[i] != ':'; i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
