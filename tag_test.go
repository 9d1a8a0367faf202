package parley

import "testing"

func TestTag(t *testing.T) {
	for tag, want := range map[Tag]int64{{"INSERT 0 5", 5}: 5, {"BEGIN", -1}: 0, {}: 0} {
		if tag.Rows() != want || tag.String() != tag.text {
			t.Errorf("%q: %d rows, want %d", tag, tag.Rows(), want)
		}
	}
}
