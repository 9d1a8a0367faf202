package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"parley/internal/conninfo"
)

// open opens a connection to one address and checks who is there.
func open(ctx context.Context, c *conninfo.Config, set *Settings, p place) (net.Conn, error) {
	dial := set.Dial
	if dial == nil {
		dial = dialer(c).DialContext
	}
	conn, err := dial(ctx, p.network, p.address)
	if p.network == "unix" && errors.Is(err, syscall.EINVAL) { // all that Go says of it
		err = fmt.Errorf("the path of the socket is too long for this system (%d bytes)", len(p.address))
	}
	if err != nil {
		return nil, &failure{StageDial, outcomeUnreachable, ended(ctx, short(err))}
	}
	if p.network == "unix" && c.RequirePeer != "" {
		if err := checkPeer(conn, c.RequirePeer); err != nil {
			_ = conn.Close()
			return nil, fatal(StageDial, err)
		}
	}
	return conn, nil
}

// short leaves out what an attempt names anyway.
func short(err error) error {
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return e.Err
	}
	return err
}

// dialer has the TCP settings of the connection string. There a zero leaves
// them to the system, in package net a negative number does.
func dialer(c *conninfo.Config) *net.Dialer {
	d := &net.Dialer{KeepAlive: -1, Control: control(c)}
	if !c.Keepalives {
		return d
	}
	left := func(d time.Duration) time.Duration {
		if d == 0 {
			return -1
		}
		return d
	}
	d.KeepAliveConfig = net.KeepAliveConfig{Enable: true, Idle: left(c.KeepalivesIdle), Interval: left(c.KeepalivesInterval), Count: c.KeepalivesCount}
	if c.KeepalivesCount == 0 {
		d.KeepAliveConfig.Count = -1
	}
	return d
}

// control sets tcp_user_timeout, where there is such a thing; libpq passes over
// it elsewhere too.
func control(c *conninfo.Config) func(network, address string, raw syscall.RawConn) error {
	if c.TCPUserTimeout == 0 {
		return nil
	}
	return func(network, _ string, raw syscall.RawConn) error {
		if network == "unix" {
			return nil
		}
		var err error
		if e := raw.Control(func(fd uintptr) { err = setUserTimeout(fd, c.TCPUserTimeout) }); e != nil {
			return e
		}
		if err != nil {
			return fmt.Errorf("tcp_user_timeout: %w", err)
		}
		return nil
	}
}

// checkPeer compares the user who runs the server with requirepeer.
func checkPeer(conn net.Conn, want string) error {
	sc, ok := conn.(syscall.Conn)
	if !ok {
		return errors.New("requirepeer needs a socket of the system, and the dial function of the program made none")
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return fmt.Errorf("requirepeer: %w", err)
	}
	var uid uint32
	if e := raw.Control(func(fd uintptr) { uid, err = peerUser(int(fd)) }); e != nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("requirepeer: %w", err)
	}
	owner, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return fmt.Errorf("requirepeer: %w", err)
	}
	if owner.Username != want {
		return fmt.Errorf("requirepeer=%s, but the server is run by %s", want, owner.Username)
	}
	return nil
}
