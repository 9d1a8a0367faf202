package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// aptTime bounds all of apt's work.
const aptTime = 15 * time.Minute

// noClusterFile keeps Debian's postgresql-common from making, and starting, a
// cluster of the system's own while we install. It is ours alone, and it is
// removed again.
const noClusterFile = "/etc/postgresql-common/createcluster.d/parley.conf"

// installAPT installs Debian's package of the major version when this process
// may. It removes nothing and starts nothing.
func (f *finder) installAPT(ctx context.Context, version int) (i Installation, err error) {
	if err := aptUsable(); err != nil {
		return i, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, aptTime, fmt.Errorf("no end after %v", aptTime))
	defer cancel()
	lock, err := lockFile(ctx, filepath.Join(f.site.cache, "apt.lock"), func() {
		f.r.report(Progress{Step: "wait", What: "waiting for another process, which uses apt", Long: true})
	})
	if err != nil {
		return i, err
	}
	defer lock.Close()
	dir := fmt.Sprintf("/usr/lib/postgresql/%d/bin", version)
	if i, err := inspect(ctx, f.site.account, dir, "debian"); err == nil {
		return i, nil // another process was faster
	}
	t := f.r.begin("install", true, "installing PostgreSQL %d with apt", version)
	err = f.aptInstall(ctx, fmt.Sprintf("postgresql-%d", version), noClusterFile)
	t.end(err)
	if err != nil {
		return i, err
	}
	return inspect(ctx, f.site.account, dir, "debian")
}

func aptUsable() error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("this is not Debian or Ubuntu (no apt-get in PATH)")
	}
	if os.Geteuid() != 0 {
		return errors.New("needs root")
	}
	return nil
}

// installOlder installs the newest version below one that cannot be had: a
// release of Debian has one version of PostgreSQL, and its users want that one.
func (f *finder) installOlder(ctx context.Context, version int) (Installation, bool) {
	for version--; version >= MinMajor && aptUsable() == nil; version-- {
		i, err := f.installAPT(ctx, version)
		if err == nil {
			return i, true
		}
		f.note("apt", "%v", err)
	}
	return Installation{}, false
}

// aptInstall asks for the package; package lists that are missing or old are
// brought up to date once.
func (f *finder) aptInstall(ctx context.Context, name, clusterFile string) error {
	if !aptKnows(ctx, name) {
		if err := f.aptUpdate(ctx); err != nil {
			return err
		}
		if !aptKnows(ctx, name) {
			return fmt.Errorf("the configured sources have no package %s", name)
		}
	}
	undo, err := withoutCluster(clusterFile)
	if err != nil {
		return err
	}
	defer undo()
	install := []string{"install", "-y", "--no-install-recommends", "--no-remove", name}
	err = apt(ctx, install...)
	if err == nil || f.updated {
		return err
	}
	if err := f.aptUpdate(ctx); err != nil {
		return err
	}
	return apt(ctx, install...)
}

func (f *finder) aptUpdate(ctx context.Context) error {
	if !f.updated {
		f.updated, f.updateErr = true, apt(ctx, "update")
	}
	return f.updateErr
}

func aptKnows(ctx context.Context, name string) bool {
	out, err := exec.CommandContext(ctx, "apt-cache", "show", "--no-all-versions", name).Output()
	return err == nil && len(out) > 0
}

func apt(ctx context.Context, args ...string) error {
	// Another apt may hold dpkg's lock: wait for it a while.
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-q", "-o", "DPkg::Lock::Timeout=120"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, tail(string(out), 5))
}

// withoutCluster writes noClusterFile, as file; undo removes it and the directories it
// had to make. postgresql-common reads that directory since version 175 or so;
// an older one makes a cluster, which does no harm to ours.
func withoutCluster(file string) (undo func(), err error) {
	var made []string
	for _, dir := range []string{filepath.Dir(filepath.Dir(file)), filepath.Dir(file)} {
		switch err := os.Mkdir(dir, 0o755); {
		case err == nil:
			made = append([]string{dir}, made...)
		case !errors.Is(err, os.ErrExist):
			return nil, err
		}
	}
	if err := os.WriteFile(file, []byte("create_main_cluster = false\n"), 0o644); err != nil {
		return nil, err
	}
	return func() {
		os.Remove(file)
		for _, dir := range made {
			os.Remove(dir) // stays when the packages put something in it
		}
	}, nil
}
