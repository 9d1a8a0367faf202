package pgtest

import (
	"os"

	"golang.org/x/sys/unix"
)

// topDir is EXT4_TOPDIR_FL (chattr +T): the directories made in this one are
// unrelated, so the file system places them apart.
const topDir = 0x00020000

// spread asks the file system to place what is made in dir apart from the rest.
// An ext4 without a journal, as small virtual machines have, hands out no inode
// again that was freed in the last minutes, and looks for another one after the
// other: where servers come and go, making the thousand files of the next one
// took a second instead of a twentieth. Other file systems refuse, and need it not.
func spread(dir string) {
	f, err := os.Open(dir)
	if err != nil {
		return
	}
	defer f.Close()
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err == nil {
		unix.IoctlSetPointerInt(int(f.Fd()), unix.FS_IOC_SETFLAGS, flags|topDir)
	}
}
