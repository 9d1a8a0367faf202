package policy

import "strings"

// A room is a package, or with "/..." a tree of packages, and what it may import.
type room struct {
	dir    string   // from the root; "." is the client
	house  []string // rooms of this module, in the same notation; "..." is all of them
	std    []string // nil: all of the standard library; else only these
	others bool     // may import other people's modules
	why    string
}

// bytesStd is what is at home among bytes: no clock, no socket, no lock, no file.
var bytesStd = []string{
	"bytes", "cmp", "encoding", "encoding/binary", "encoding/hex", "errors", "fmt", "io", "iter", "maps",
	"math", "math/bits", "slices", "strconv", "strings", "unicode", "unicode/utf8",
}

// The floors that several rooms stand on.
var (
	ground    = []string{"wire", "pgtype", "sqlstate", "internal/scram", "internal/conninfo"}
	engine    = append([]string{"internal/dial", "internal/exchange", "internal/scan", "internal/sqltext"}, ground...)
	client    = append([]string{"."}, engine...)
	faces     = append([]string{"internal/dial", "workbench/render"}, ground...)
	appliance = append([]string{"workbench/script", "workbench/capture"}, faces...)
)

// rooms is the plan of the house. Each package stands in exactly one line.
var rooms = []room{
	{dir: "wire", std: bytesStd, why: "wire is bytes in, bytes out: everyone stands on it, so it stands on nothing that waits, locks or opens"},
	{dir: "internal/pgcodec", why: "the bytes of values, for pgtype and internal/scan alike; no type, no message"},
	{dir: "pgtype", house: []string{"internal/pgcodec"}, why: "values know nothing of messages"},
	{dir: "sqlstate", why: "a list of names, of use to everyone and using nothing"},
	{dir: "internal/scram", why: "pure functions, both sides"},
	{dir: "internal/conninfo", why: "reads text, connects to nothing"},
	{dir: "internal/dial", house: []string{"wire", "internal/scram", "internal/conninfo"}, why: "ends with a ready connection; statements and values come later"},
	{dir: "internal/exchange", house: []string{"wire"}, why: "requests and replies in order, whatever they mean"},
	{dir: "internal/scan", house: []string{"pgtype", "internal/pgcodec", "wire"}, why: "rows into Go values; a row is the body of a DataRow, wherever it comes from"},
	{dir: "internal/sqltext", why: "reads text, knows no connection"},
	{dir: ".", house: engine, why: "the client stands on the ground floor and its own engine, never on the workbench"},
	{dir: "sqldriver", house: client, why: "an adapter of the client"},
	{dir: "replication", house: client, why: "a second use of the client's connection"},
	{dir: "pgtest/...", house: []string{"wire", "internal/scram"}, why: "never the client, so that the client's own tests may use it"},
	{dir: "workbench/render", house: []string{"wire", "pgtype"}, others: true, why: "one message, many faces; it needs no connection"},
	{dir: "workbench/script", house: faces, others: true, why: "stands beside capture, above render"},
	{dir: "workbench/capture", house: faces, others: true, why: "stands beside script, above render"},
	{dir: "workbench/proxy", house: appliance, others: true, why: "top floor of the workbench"},
	{dir: "workbench/web", house: appliance, others: true, why: "top floor of the workbench"},
	{dir: "workbench/conformance", house: appliance, others: true, why: "top floor of the workbench"},
	{dir: "cmd/parley/...", house: []string{"..."}, others: true, why: "the door to everything"},
	{dir: "examples/...", house: []string{".", "pgtest/...", "pgtype"}, why: "what a user's program looks like; it uses what users have"},
	{dir: "internal/policy", why: "judges the house, so it leans on no part of it"},
	{dir: "bench/...", house: []string{"..."}, others: true, why: "a module of its own, peers side by side"},
	{dir: "compat/...", house: []string{"..."}, others: true, why: "a module of its own, other people's libraries on top of sqldriver"},
}

// roomOf finds the line of the table that a directory stands in.
func roomOf(dir string) (room, bool) {
	for _, r := range rooms {
		if within(dir, r.dir) {
			return r, true
		}
	}
	return room{}, false
}

// within tells whether dir is the pattern, or lies below a pattern with "/...".
func within(dir, pattern string) bool {
	if pattern == "..." || dir == pattern {
		return true
	}
	base, tree := strings.CutSuffix(pattern, "/...")
	return tree && (dir == base || strings.HasPrefix(dir, base+"/"))
}
