package dial

import (
	"context"
	"errors"
	"fmt"
	"io"

	"parley/internal/conninfo"
	"parley/wire"
)

// canceler is what a CancelRequest needs. It is not changed once made.
type canceler struct {
	config    conninfo.Config
	set       Settings
	host      conninfo.Host
	place     place
	encrypted bool
	process   uint32
	key       CancelKey
}

// ErrNoCancelKey is the error of Cancel when the server gave no key.
var ErrNoCancelKey = errors.New("the server gave no key to cancel with")

// Cancel asks the server to cancel what the session is doing. It opens a
// connection to the very address that the session uses, encrypts it by TLS if
// the session is, verifies the server in the same way, and waits until the
// server closes it: by then the signal is sent, though it may take effect later
// or find nothing to cancel. connect_timeout counts. Cancel may be called by
// any goroutine. The error is an *[Error] or [ErrNoCancelKey].
func (s *Session) Cancel(ctx context.Context) error {
	c := &s.cancel
	if c.key == nil {
		return ErrNoCancelKey
	}
	if err := c.run(ctx); err != nil {
		f := asFailure(StageSession, err)
		return &Error{Attempts: []Attempt{{Host: c.host, Addr: c.place.address, TLS: c.encrypted, Stage: f.stage, Err: f.err}}}
	}
	return nil
}

func (c *canceler) run(ctx context.Context) error {
	search := &search{config: &c.config, set: &c.set}
	limited, cancel := search.limit(ctx)
	defer cancel()
	conn, err := open(limited, &c.config, &c.set, c.place)
	if err != nil {
		return err
	}
	on := newStream(conn)
	defer on.close()
	defer guard(limited, conn)()
	if c.encrypted {
		if _, err := encrypt(limited, on, &c.config, c.set.TLS, &c.host); err != nil {
			return err
		}
	}
	if err := on.send(&wire.CancelRequest{ProcessID: c.process, Key: c.key}); err != nil {
		return fatal(StageSession, ended(limited, err))
	}
	n, err := on.conn.Read(make([]byte, 1))
	switch {
	case n > 0:
		return fatal(StageSession, errors.New("the server answered a request to cancel, which has no answer"))
	case err == nil || errors.Is(err, io.EOF):
		return nil
	case limited.Err() != nil:
		return fatal(StageSession, context.Cause(limited))
	}
	return fatal(StageSession, fmt.Errorf("waiting for the server to take the request to cancel: %w", err))
}
