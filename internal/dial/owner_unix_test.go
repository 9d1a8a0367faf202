//go:build unix

package dial

import (
	"os"
	"syscall"
)

// giveTo gives a file to the owner of a directory.
func giveTo(dir, file string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return os.Lchown(file, int(s.Uid), int(s.Gid))
}
