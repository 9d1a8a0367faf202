//go:build darwin || freebsd

package dial

import "golang.org/x/sys/unix"

// localLevel is the level of options of Unix sockets, SOL_LOCAL.
const localLevel = 0

// peerUser returns the user who runs the other end of a Unix socket.
func peerUser(fd int) (uint32, error) {
	cred, err := unix.GetsockoptXucred(fd, localLevel, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
