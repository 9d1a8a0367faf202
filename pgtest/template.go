package pgtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// templatesName is the directory of templates in the cache. A template is a
// data directory as initdb made it; a server starts from a copy, as initdb
// takes more than a second and a copy a fraction of it.
const templatesName = "templates"

// templateAge is how long a template that nobody uses is kept.
const templateAge = 30 * 24 * time.Hour

// template returns the data directory to copy, and makes it first if needed.
func (s site) template(ctx context.Context, i Installation, c Config, r reporter) (string, error) {
	dir, err := s.place(templatesName)
	if err != nil {
		return "", err
	}
	args := initArguments(c)
	key, err := s.templateKey(i, args)
	if err != nil {
		return "", err
	}
	final := filepath.Join(dir, key)
	now := time.Now()
	if os.Chtimes(final, now, now) == nil { // it exists, and prune sees it is in use
		return final, nil
	}
	lock, err := lockFile(ctx, final+".lock", func() {
		r.report(Progress{Step: "wait", What: "waiting for another process, which runs initdb"})
	})
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if os.Chtimes(final, now, now) == nil {
		return final, nil
	}
	prune(dir, now.Add(-templateAge))
	t := r.begin("initdb", false, "making a template for PostgreSQL %s with initdb", i.Version)
	err = s.makeTemplate(ctx, i, args, dir, final)
	t.end(err)
	return final, err
}

func initArguments(c Config) []string {
	args := []string{"-U", c.User, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"}
	return append(args, c.InitDB...)
}

// templateKey names a template after everything that it depends on.
func (s site) templateKey(i Installation, args []string) (string, error) {
	info, err := os.Stat(i.program("postgres"))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d %d %d %q", i.program("postgres"), info.Size(), info.ModTime().UnixNano(),
		s.account.uid, args))
	return fmt.Sprintf("%s-%x", i.Version, sum[:8]), nil
}

func (s site) makeTemplate(ctx context.Context, i Installation, args []string, dir, final string) error {
	work, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := s.account.give(work); err != nil {
		return err
	}
	data := filepath.Join(work, "data")
	cmd := s.account.command(ctx, work, i.program("initdb"), slices.Concat(args, []string{"-D", data})...)
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("run initdb of PostgreSQL %s: %w\n%s", i.Version, err, tail(string(out), 10))
	}
	return os.Rename(data, final)
}

// prune removes templates that nobody has used since, and what a killed
// process left half made. Whoever still copies from one has just touched it.
func prune(dir string, since time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && info.ModTime().Before(since) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// copyTree copies a template to the new directory dst, for the account.
func (a account) copyTree(ctx context.Context, src, dst string) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		to := dst + strings.TrimPrefix(path, src)
		if d.IsDir() {
			// PostgreSQL refuses a data directory that others may read.
			if err := os.Mkdir(to, 0o700); err != nil {
				return err
			}
		} else if err := copyFile(path, to); err != nil {
			return err
		}
		return a.give(to)
	})
}

func copyFile(src, dst string) error {
	from, err := os.Open(src)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
