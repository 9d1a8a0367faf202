package parley

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"parley/internal/exchange"
	"parley/pgtest"
	"parley/wire"
)

// A statement that waits in a pooler cannot be cancelled before it has a server,
// and is cancelled soon after, however long that took within the time that
// cancelling may take.
func TestCancelledOnceItRuns(t *testing.T) {
	for waits := time.Duration(0); waits < 4500*time.Millisecond; waits += 300 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			near, far := pgtest.Pipe(pgtest.PipeConfig{Buffer: -1})
			defer far.Close()
			began := time.Now()
			cancel := func(context.Context) error {
				if time.Since(began) >= waits { // the last is for the barrier
					_, _ = far.Write(bytesOf(t, pgtest.Failure(queryCanceled, "as it should"), pgtest.Ready(0), pgtest.Ready(0)))
				}
				return nil
			}
			c := newConn(&Config{}, session{cancel: cancel}, exchange.NewLine(near, &wire.Buffer{}), map[string]string{}, wire.TxIdle)
			defer c.Close()
			ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
			defer stop()
			if _, err := c.Exec(ctx, "select 1"); !errors.Is(err, context.DeadlineExceeded) || !c.Alive() {
				t.Errorf("one that ran after %v: %v, alive %v", waits, err, c.Alive())
			}
			if took := time.Since(began); took > waits+cancelMost {
				t.Errorf("one that ran after %v was cancelled after %v", waits, took)
			}
		})
	}
}
