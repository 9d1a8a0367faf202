//go:build unix

package exchange

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// raw returns the socket of a connection, also inside TLS, or nil.
func raw(conn net.Conn) syscall.RawConn {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	r, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	return r
}

// sendBuffer returns the size of a socket's send buffer, 0 when there is none.
func sendBuffer(conn net.Conn) (size int) {
	r := raw(conn)
	if r == nil {
		return 0
	}
	if err := r.Control(func(fd uintptr) {
		n, err := unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUF)
		if err == nil {
			size = n
		}
	}); err != nil {
		return 0
	}
	return size
}

// readable reports whether a read of the socket would return at once: because
// something has arrived, or because the other side has gone.
func readable(conn net.Conn) (ready bool) {
	r := raw(conn)
	if r == nil {
		return false
	}
	if err := r.Control(func(fd uintptr) {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		ready = !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EINTR)
	}); err != nil {
		return true
	}
	return ready
}
