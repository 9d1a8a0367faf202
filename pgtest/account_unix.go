//go:build !windows

package pgtest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

func lookupAccount(name string) (account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return account{}, fmt.Errorf("look up user %s: %w", name, err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil || uid == 0 {
		return account{}, fmt.Errorf("user %s has uid %q, which is of no use", name, u.Uid)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return account{}, fmt.Errorf("user %s has gid %q, which is of no use", name, u.Gid)
	}
	return account{name: name, uid: uid, gid: gid, switched: true}, nil
}

// attr makes a child run as a. The empty Groups drop root's supplementary groups.
func (a account) attr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{}
	if a.switched {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid), Groups: []uint32{}}
	}
	return attr
}

// detachedAttr is attr in a session of its own: Ctrl-C at the terminal goes to
// the test, and the test (or its death) ends the server in order.
func (a account) detachedAttr() *syscall.SysProcAttr {
	attr := a.attr()
	attr.Setsid = true
	return attr
}

// give makes this account the owner of a path that root created.
func (a account) give(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// owns reports whether info's file belongs to this account or this process.
func (a account) owns(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && (int(st.Uid) == a.uid || int(st.Uid) == os.Geteuid())
}
