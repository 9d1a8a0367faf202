package wire

import "testing"

// checkTiles expects spans that cover the message without gap or overlap, each
// of at least one byte.
func checkTiles(t testing.TB, msg []byte, d Dissection) {
	t.Helper()
	at := 0
	for _, s := range d.Spans {
		if s.Start != at || s.End <= s.Start || s.Data < s.Start || s.Data > s.End {
			t.Errorf("%v: span %q from %d to %d, data at %d, where %d is next", d.Kind, s.Name, s.Start, s.End, s.Data, at)
		}
		if s.Name == "" || s.Doc == "" {
			t.Errorf("%v: the span at byte %d has the name %q and says %q", d.Kind, s.Start, s.Name, s.Doc)
		}
		at = s.End
	}
	if at != len(msg) {
		t.Errorf("%v: the spans end at %d of %d", d.Kind, at, len(msg))
	}
}
