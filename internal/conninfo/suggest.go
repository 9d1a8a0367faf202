package conninfo

import "strings"

// aliases are names that other programs give to keywords.
var aliases = map[string]string{
	"addr": "hostaddr", "appname": "application_name", "ca": "sslrootcert", "cert": "sslcert",
	"database": "dbname", "db": "dbname", "encoding": "client_encoding",
	"hostname": "host", "pass": "password", "passwd": "password", "pwd": "password", "server": "host",
	"ssl": "sslmode", "ssl_mode": "sslmode", "sslca": "sslrootcert", "timeout": "connect_timeout",
	"uid": "user", "username": "user",
}

// suggest returns the keyword that name was probably meant to be, or "".
func suggest(name string) string {
	folded := strings.ToLower(name)
	if k, ok := aliases[folded]; ok {
		return k
	}
	best, limit := "", min(2, len(folded)/2)
	for i := range table {
		if d := distance(folded, table[i].Name, limit); d <= limit {
			best, limit = table[i].Name, d-1
		}
	}
	return best
}

// distance counts the insertions, deletions, changes and swaps of neighbours
// that turn a into b. It returns limit+1 when there are more than limit.
func distance(a, b string, limit int) int {
	if limit < 0 || len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			change := last[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
