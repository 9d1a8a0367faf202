//go:build unix

package dial

import (
	"io/fs"
	"syscall"
)

// keyExposed tells whether others than the owner can reach a key. A key of root
// may be readable by a group, as keys for the whole machine are.
func keyExposed(info fs.FileInfo) bool {
	forbidden := fs.FileMode(0o077)
	if s, ok := info.Sys().(*syscall.Stat_t); ok && s.Uid == 0 {
		forbidden = 0o037
	}
	return info.Mode().Perm()&forbidden != 0
}
