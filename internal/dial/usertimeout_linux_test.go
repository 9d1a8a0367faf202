package dial

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTCPSettings asks the system what it was told.
func TestTCPSettings(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	type settings struct{ alive, idle, interval, count, timeout int }
	system := ask(t, l, "")
	for more, want := range map[string]settings{
		"":                                   {1, system.idle, system.interval, system.count, 0},
		"keepalives=0 tcp_user_timeout=5000": {0, system.idle, system.interval, system.count, 0},
		"keepalives_idle=11 keepalives_interval=12 keepalives_count=13": {1, 11, 12, 13, 0},
		"keepalives_idle=11 tcp_user_timeout=5000":                      {1, 11, system.interval, system.count, 5000},
	} {
		if got := ask(t, l, more); got != want {
			t.Errorf("%s: %+v, want %+v", more, got, want)
		}
	}
	if system.idle < 60 {
		t.Errorf("the idle time is not the system's: %+v", system)
	}
}

func ask(t *testing.T, l net.Listener, more string) (s struct{ alive, idle, interval, count, timeout int }) {
	t.Helper()
	c := resolve(t, "host=127.0.0.1 user=u "+more)
	conn, err := open(t.Context(), c, &Settings{}, place{"tcp", l.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		get := func(level, option int) int {
			n, err := unix.GetsockoptInt(int(fd), level, option)
			if err != nil {
				t.Error(err)
			}
			return n
		}
		s.alive = get(unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		s.idle, s.interval = get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL)
		s.count, s.timeout = get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT), get(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
