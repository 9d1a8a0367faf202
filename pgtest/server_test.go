package pgtest

import (
	"testing"
)

func TestSmoke(t *testing.T) {
	s := Start(t, Config{Progress: ProgressLines(t.Output())})
	t.Log(s.DSN(), s.URI(), s.Version(), s.Dir())
	if err := s.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Log())
}
