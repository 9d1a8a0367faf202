package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// account is who PostgreSQL's programs run as. PostgreSQL refuses to run as
// root, so root hands it to another user; everybody else runs it themselves.
type account struct {
	name     string // "" unless switched
	uid, gid int
	switched bool // whether uid and gid differ from this process's
}

// candidates are the users root may hand the server to, best first. A user
// without an entry in the user database will not do: initdb looks up its name.
var candidates = []string{"postgres", "nobody"}

// serverAccount is the account for this process, chosen once.
var serverAccount = sync.OnceValues(chooseAccount)

func chooseAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	var tried []error
	for _, name := range candidates {
		a, err := lookupAccount(name)
		if err == nil {
			err = a.try()
		}
		if err == nil {
			return a, nil
		}
		tried = append(tried, err)
	}
	return account{}, fmt.Errorf("choose a user to run PostgreSQL, which refuses to run as root: %w; "+
		"create one (useradd postgres) or run this as another user", errors.Join(tried...))
}

// try shows that a process can be started as a at all: a user namespace with
// only root mapped, or a sandbox without setuid, refuses it.
func (a account) try() error {
	if err := a.command(context.Background(), "/", "/bin/sh", "-c", ":").Run(); err != nil {
		return fmt.Errorf("run a program as user %s: %w", a.name, err)
	}
	return nil
}

// command is exec.CommandContext as this account, in directory dir, with an
// environment that holds nothing meant for another PostgreSQL.
func (a account) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = a.environ(os.Environ(), dir)
	cmd.SysProcAttr = a.attr()
	return cmd
}

// environ drops the variables that steer PostgreSQL's programs (PGDATA, PGPORT,
// PGOPTIONS ...) and everything locale, so that a server is the same everywhere.
func (a account) environ(from []string, home string) []string {
	env := make([]string, 0, len(from)+2)
	for _, kv := range from {
		name, _, _ := strings.Cut(kv, "=")
		switch {
		case strings.HasPrefix(name, "PG"), strings.HasPrefix(name, "LC_"), name == "LANG", name == "LANGUAGE":
		case a.switched && (name == "HOME" || name == "USER" || name == "LOGNAME" || name == "TMPDIR"):
		default:
			env = append(env, kv)
		}
	}
	env = append(env, "LC_ALL=C")
	if a.switched {
		env = append(env, "HOME="+home, "USER="+a.name)
	}
	return env
}

// reached remembers the directories that accounts could enter, as every server
// asks about the same ones.
var reached sync.Map // account and directory -> true

// reaches reports whether this account can enter the directory, which root
// cannot tell from its own success.
func (a account) reaches(dir string) error {
	if !a.switched {
		_, err := os.Stat(dir)
		return err
	}
	key := fmt.Sprint(a.uid, dir)
	if _, known := reached.Load(key); known {
		return nil
	}
	out, err := a.command(context.Background(), "/", "/bin/sh", "-c", `cd "$1"`, "sh", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("user %s cannot enter %s: %s", a.name, dir, firstLine(string(out), err.Error()))
	}
	reached.Store(key, true)
	return nil
}

// firstLine is the first line of s that says anything, else otherwise.
func firstLine(s, otherwise string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			return line
		}
	}
	return otherwise
}
