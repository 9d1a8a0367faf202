package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// wanted is something from packages of Debian which the release that runs here
// has too old or not at all. They are unpacked into the cache of this package;
// nothing is installed.
type wanted struct {
	name      string   // in the cache
	packages  []string // of Debian, all from one release
	releases  []string // to look into, first one first
	libraries bool     // with the libraries they need, the C library included
	// check returns why what was unpacked will not do.
	check func(ctx context.Context, tree string) error
}

// String names the packages.
func (w wanted) String() string {
	if len(w.packages) == 1 {
		return "Debian's package " + w.packages[0]
	}
	return "Debian's packages " + strings.Join(w.packages, ", ")
}

// unpackedName is the directory of unpacked packages in the cache.
const unpackedName = "debian"

// releaseTime bounds the download from one release.
const releaseTime = 5 * time.Minute

// unpacked returns the directory into which the packages are unpacked. One process
// fetches it; the others wait, and find what it fetched.
func (f *finder) unpacked(ctx context.Context, w wanted) (string, error) {
	dir, err := f.site.place(unpackedName)
	if err != nil {
		return "", err
	}
	final := filepath.Join(dir, w.name)
	lock, err := lockFile(ctx, final+".lock", func() {
		f.r.report(Progress{Step: "wait", What: "waiting for another process, which fetches " + w.String(), Long: true})
	})
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if w.check(ctx, final) == nil {
		return final, nil
	}
	archives, err := debianArchives(ctx)
	if err != nil {
		return "", fmt.Errorf("fetch %v: %w", w, err)
	}
	t := f.r.begin("fetch", true, "fetching %v with apt", w)
	err = w.fetch(ctx, archives, dir, final)
	t.end(err)
	return final, err
}

// fetch tries the releases in turn, each beside the final name, which appears
// once everything is there.
func (w wanted) fetch(ctx context.Context, archives []string, dir, final string) error {
	var tried []error
	for _, release := range w.releases {
		err := w.fetchFrom(ctx, release, archives, dir, final)
		if err == nil {
			return nil
		}
		tried = append(tried, fmt.Errorf("release %s: %w", release, err))
		if ctx.Err() != nil {
			break
		}
	}
	return fmt.Errorf("fetch %v: %w", w, errors.Join(tried...))
}

func (w wanted) fetchFrom(ctx context.Context, release string, archives []string, dir, final string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, releaseTime, fmt.Errorf("no end after %v", releaseTime))
	defer cancel()
	work, err := os.MkdirTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil { // the account runs what is in it
		return err
	}
	a, err := newPrivateApt(work, release, archives)
	if err != nil {
		return err
	}
	tree := filepath.Join(work, "tree")
	if err := a.unpack(ctx, w, tree); err != nil {
		return err
	}
	if err := w.check(ctx, tree); err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil { // it failed its check
		return err
	}
	return os.Rename(tree, final)
}

// debianArchives returns where this machine gets its Debian packages from, as
// its apt is configured.
func debianArchives(ctx context.Context) ([]string, error) {
	about, err := os.ReadFile("/etc/os-release")
	if err != nil || osRelease(string(about), "ID") != "debian" {
		return nil, errors.New("this is not Debian")
	}
	for _, program := range []string{"apt-get", "apt-cache", "dpkg-deb"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, err
		}
	}
	// What an update would fetch; it is not fetched, and no lists need be there.
	out, err := exec.CommandContext(ctx, "apt-get", "update", "--print-uris").Output()
	if err != nil {
		return nil, fmt.Errorf("apt-get update --print-uris: %w", err)
	}
	archives := archivesOf(string(out), osRelease(string(about), "VERSION_CODENAME"))
	if len(archives) == 0 {
		return nil, errors.New("apt's sources do not name Debian's archive")
	}
	return archives, nil
}

// osRelease returns a field of an os-release file.
func osRelease(text, name string) string {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && key == name {
			return strings.Trim(value, `"'`)
		}
	}
	return ""
}

// releasePattern matches the index of a release in what apt would fetch.
var releasePattern = regexp.MustCompile(`(?m)^'([^']+/)dists/([^'/]+)/InRelease'`)

// archivesOf picks the archives that have a release out of what apt would fetch.
func archivesOf(uris, release string) []string {
	var archives []string
	names := []string{release, "stable", "testing", "unstable", "sid"}
	for _, m := range releasePattern.FindAllStringSubmatch(uris, -1) {
		if slices.Contains(names, m[2]) && !slices.Contains(archives, m[1]) {
			archives = append(archives, m[1])
		}
	}
	return archives
}

// privateApt is an apt with sources, lists and a cache of its own, which knows
// nothing of what is installed. It keeps the system's proxies and keys.
type privateApt struct {
	dir    string // for the packages
	config string // file of apt's configuration
}

// debianKeys is where Debian keeps the keys that its releases are signed with.
const debianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg"

func newPrivateApt(dir, release string, archives []string) (privateApt, error) {
	a := privateApt{dir: filepath.Join(dir, "packages"), config: filepath.Join(dir, "apt.conf")}
	for _, d := range []string{"packages", "state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return a, err
		}
	}
	source := fmt.Sprintf("Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n", strings.Join(archives, " "), release)
	if _, err := os.Stat(debianKeys); err == nil {
		source += "Signed-By: " + debianKeys + "\n"
	}
	files := map[string]string{
		"debian.sources": source,
		"status":         "",
		"apt.conf": fmt.Sprintf("Dir::Etc::sourcelist %q;\nDir::Etc::sourceparts \"-\";\nDir::State %q;\nDir::State::status %q;\nDir::Cache %q;\n",
			filepath.Join(dir, "debian.sources"), filepath.Join(dir, "state"), filepath.Join(dir, "status"), filepath.Join(dir, "cache")) +
			"Acquire::Languages \"none\";\nAcquire::IndexTargets::deb::DEP-11::DefaultEnabled \"false\";\nAcquire::Retries \"2\";\n" +
			"APT::Sandbox::User \"\";\nAPT::Update::Error-Mode \"any\";\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return a, err
		}
	}
	return a, nil
}

// unpack downloads the packages, with their libraries if they are to have them,
// and unpacks all of them into one tree.
func (a privateApt) unpack(ctx context.Context, w wanted, tree string) error {
	if _, err := a.run(ctx, "apt-get", "-q", "update"); err != nil {
		return err
	}
	packages := w.packages
	if w.libraries {
		var err error
		if packages, err = a.withLibraries(ctx, packages); err != nil {
			return err
		}
	}
	if _, err := a.run(ctx, "apt-get", append([]string{"-q", "download"}, packages...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(a.dir, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if _, err := a.run(ctx, "dpkg-deb", "-x", file, tree); err != nil {
			return err
		}
	}
	return nil
}

// libraryPattern matches a dependency on a library in what apt-cache prints.
var libraryPattern = regexp.MustCompile(`(?m)^ [ |](?:Pre)?Depends: ((?:lib|zlib)[a-z0-9.+-]+)$`)

// withLibraries returns packages and the libraries that they need, and these need.
func (a privateApt) withLibraries(ctx context.Context, packages []string) ([]string, error) {
	all := slices.Clone(packages)
	for fresh := all; len(fresh) > 0; {
		out, err := a.run(ctx, "apt-cache", append([]string{"depends", "--important"}, fresh...)...)
		if err != nil {
			return nil, err
		}
		fresh = nil
		for _, m := range libraryPattern.FindAllStringSubmatch(out, -1) {
			if !slices.Contains(all, m[1]) {
				all, fresh = append(all, m[1]), append(fresh, m[1])
			}
		}
	}
	return all, nil
}

// run runs a program of apt or dpkg where the packages are to lie.
func (a privateApt) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = a.dir
	cmd.Env = append(os.Environ(), "APT_CONFIG="+a.config, "LC_ALL=C")
	cmd.WaitDelay = 5 * time.Second
	var out, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	if err == nil {
		return out.String(), nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return "", fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, tail(complaint.String(), 5))
}
