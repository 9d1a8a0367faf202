package pgtest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Everybody who asks at once gets one template, and the next one at once.
func TestTemplateOnce(t *testing.T) {
	i, err := Fetch(t.Context(), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := quietFinder(t).site
	var mu sync.Mutex
	begun := 0
	r := reporter{to: func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Step == "initdb" && !p.Finished {
			begun++
		}
	}}
	c := Config{}.filled()
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			dir, err := s.template(t.Context(), i, c, r)
			if err != nil || !exists(filepath.Join(dir, "PG_VERSION")) {
				t.Errorf("got %s, %v", dir, err)
			}
		})
	}
	wait.Wait()
	if begun != 1 {
		t.Errorf("initdb ran %d times, want 1", begun)
	}
	other := c
	other.InitDB = []string{"--wal-segsize=1"}
	one, _ := s.template(t.Context(), i, c, r)
	if two, err := s.template(t.Context(), i, other, r); one == two || err != nil {
		t.Errorf("other arguments give the same template %s, %v", two, err)
	}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	for name, age := range map[string]time.Duration{"used": time.Hour, "unused": 3 * time.Hour, ".new-1": 3 * time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(path, now, now.Add(-age))
	}
	if err := os.WriteFile(filepath.Join(dir, "x.lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	prune(dir, now.Add(-2*time.Hour))
	for name, stays := range map[string]bool{"used": true, "unused": false, ".new-1": false, "x.lock": true} {
		if exists(filepath.Join(dir, name)) != stays {
			t.Errorf("%s: stays is %v", name, !stays)
		}
	}
}

func TestCopyTree(t *testing.T) {
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	program(t, filepath.Join(src, "a", "b"), "file", "text")
	if err := a.copyTree(t.Context(), src, dst); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"": 0o700, "a/b": 0o700, "a/b/file": 0o600} {
		info, err := os.Stat(filepath.Join(dst, name))
		if err != nil || info.Mode().Perm() != want || !a.owns(info) {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	if err := a.copyTree(t.Context(), src, dst); err == nil {
		t.Error("a tree was copied over another")
	}
}
