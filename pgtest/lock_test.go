package pgtest

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

func TestLockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := lockFile(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	second := make(chan error)
	waiting := make(chan struct{})
	go func() {
		f, err := lockFile(t.Context(), path, func() { close(waiting) })
		if err == nil {
			f.Close()
		}
		second <- err
	}()
	<-waiting // also proves that the lock excludes inside one process
	first.Close()
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestLockFileCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, err := lockFile(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err = lockFile(ctx, path, func() { cancel(why) })
	if !errors.Is(err, why) {
		t.Errorf("the error is %v, want %v", err, why)
	}
	if _, err := lockFile(ctx, t.TempDir(), nil); err == nil {
		t.Error("a directory was locked")
	}
}
