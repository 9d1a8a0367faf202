package pgtest

import (
	"errors"
	"os"
	"syscall"
)

func lookupAccount(string) (account, error) {
	return account{}, errors.New("on Windows the server runs as the calling user")
}

func (a account) attr() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

// detachedAttr keeps Ctrl-C at the console from reaching the server.
func (a account) detachedAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func (a account) give(string) error { return nil }

func (a account) owns(os.FileInfo) bool { return true }
