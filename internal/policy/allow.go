package policy

// allowances is the whole list of exceptions. Keep it short: an entry is a debt,
// and its reason must still convince somebody who reads it in a year.
var allowances = []allowance{
	{"imports", "internal/scram:github.com/xdg-go/stringprep", "SASLprep is RFC 3454's tables; the standard library and golang.org/x have none"},
	{"text", "internal/scram/prep.go:note", "the name of U+1806 in Unicode has such a word in it"},
	{"unsafe", "internal/scan/pointer.go", "a plan that stores values at the offsets of fields is what makes a row as cheap as by hand; the file argues why it is sound"},
	{"text", "pgtest/places.go:path", "Homebrew on Linux lives at this path on every machine"},
	{"stdio", "pgtest/progress.go", "a first download takes a while, and a test run that says nothing looks hung; Config.Progress replaces it"},
	{"imports", "wire/real_startup_test.go:parley/internal/scram", "a real server is asked for SCRAM, and somebody has to compute the proof"},
	{"results", "rows.go:Rows.Values", "whoever asks for values without saying the types gets them as Go's any, as from database/sql"},
	{"results", "batch.go:Item.Values", "Rows.Values for a batch"},
	{"detached", "sqldriver/stmt.go:noContext", "the older methods of database/sql's drivers have no context"},
	{"background-in-test", "example_test.go:onServer", "an Example has no testing.T, and so no context of a test"},
}
