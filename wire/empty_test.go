package wire

import "testing"

var emptySamples = []sample{
	{"", &Flush{}, Context{}, "H\x00\x00\x00\x04"},
	{"", &Sync{}, Context{}, "S\x00\x00\x00\x04"},
	{"", &Terminate{}, Context{}, "X\x00\x00\x00\x04"},
	{"", &ParseComplete{}, Context{}, "1\x00\x00\x00\x04"},
	{"", &BindComplete{}, Context{}, "2\x00\x00\x00\x04"},
	{"", &CloseComplete{}, Context{}, "3\x00\x00\x00\x04"},
	{"", &NoData{}, Context{}, "n\x00\x00\x00\x04"},
	{"", &PortalSuspended{}, Context{}, "s\x00\x00\x00\x04"},
	{"", &EmptyQueryResponse{}, Context{}, "I\x00\x00\x00\x04"},
	{"", &CopyDone{}, Context{}, "c\x00\x00\x00\x04"},
}

// A message that is nothing but its header has nowhere to put a byte.
func TestEmptyMessages(t *testing.T) {
	for _, s := range emptySamples {
		k := s.msg.Kind()
		checkFlaw(t, flaw{"one byte", k, Context{}, "\x00", "end", 5, "1 byte after the last field"})
		checkFlaw(t, flaw{"two bytes", k, Context{}, "ab", "end", 5, "2 bytes after the last field"})
		if err := s.msg.Parse(nil); err != nil {
			t.Errorf("%v: a nil body is refused: %v", k, err)
		}
	}
}
