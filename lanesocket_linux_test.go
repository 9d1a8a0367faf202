package parley

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"parley/pgtest"
)

// What a connection string says of TCP holds for lanes and for other connections of
// a DB.
func TestSocketsOfDB(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	db, err := Open(t.Context(), server.TCPDSN()+" tcp_user_timeout=7000 keepalives_idle=11 keepalives_interval=12 keepalives_count=13")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	own := db.conn(t)
	defer own.Close()
	for name, c := range map[string]*Conn{"a lane": db.only(t).conn, "another": own.Conn} {
		raw, err := c.line.Conn().(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		for option, want := range map[int]int{unix.TCP_USER_TIMEOUT: 7000, unix.TCP_KEEPIDLE: 11, unix.TCP_KEEPINTVL: 12, unix.TCP_KEEPCNT: 13} {
			if err := raw.Control(func(fd uintptr) {
				if got, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option); err != nil || got != want {
					t.Errorf("%s: option %d is %d, %v, want %d", name, option, got, err, want)
				}
			}); err != nil {
				t.Error(err)
			}
		}
	}
}
