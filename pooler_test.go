package parley

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/pgtest"
)

// pooled returns a way to connect through a PgBouncer.
func pooled(t *testing.T, server *pgtest.Server, mode string) dialFunc {
	t.Helper()
	p, err := pgtest.StartPgBouncer(t, server, mode, "default_pool_size = 2")
	if errors.Is(err, pgtest.ErrNoPgBouncer) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("PgBouncer %s", p.Version)
	return func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", p.Socket())
	}
}

// Through a pooler works what works through that pooler: in session mode
// everything, in transaction mode what needs no session, with unnamed
// statements.
func TestPooler(t *testing.T) {
	for _, w := range []struct {
		mode   string
		config Config
	}{{"session", Config{}}, {"session", Config{StatementCache: -1}}, {"transaction", Config{StatementCache: -1}}} {
		t.Run(fmt.Sprint(w.mode, w.config.StatementCache), func(t *testing.T) {
			server := pgtest.Start(t, pgtest.Config{})
			dial := pooled(t, server, w.mode)
			direct := connectRaw(t, server, Config{})
			mustExec(t, direct, "create table t (a int, b bytea)")
			connections := 2
			if w.mode == "transaction" {
				connections = 5 // more than there are servers
			}
			var wg sync.WaitGroup
			for i := range connections {
				c := connectVia(t, dial, server.User(), server.Database(), w.config)
				wg.Go(func() {
					for j := range 20 {
						if err := poolerRound(t.Context(), c, i*1000+j); err != nil {
							t.Errorf("connection %d, round %d: %v", i, j, err)
							return
						}
					}
				})
			}
			wg.Wait()
			if got, want := value(t, direct, "select count(*) from t"), fmt.Sprint(connections*20*4); got != want {
				t.Errorf("%s rows are stored, want %s", got, want)
			}
			if got := value(t, direct, "select count(*) from pg_stat_activity where state like 'idle in%'"); got != "0" {
				t.Errorf("%s sessions are in a transaction", got)
			}
		})
	}
}

// poolerRound does a bit of everything.
func poolerRound(ctx context.Context, c *Conn, n int) error {
	if err := selectOwn(ctx, c, n, "select $1::int"); err != nil {
		return err
	}
	if _, err := c.Exec(ctx, "insert into t values ($1, $2)", n, []byte{0, 1}); err != nil {
		return err
	}
	err := c.Tx(ctx, TxOptions{}, func(tx *Tx) error {
		if _, err := tx.Exec(ctx, "insert into t (a) values ($1)", n); err != nil {
			return err
		}
		_ = tx.Tx(ctx, func(sp *Tx) error { _, err := sp.Exec(ctx, "select 1/0"); return err })
		_, err := tx.Conn().CopyFrom(ctx, strings.NewReader("1\t\\N\n"), "copy t from stdin")
		return err
	})
	if err != nil {
		return err
	}
	var b Batch
	b.Exec("insert into t (a) values ($1)", n)
	b.Query(func(i *Item) error { return nil }, "select $1::bytea, $2::int", []byte{1}, n)
	if _, err := c.Run(ctx, &b); err != nil {
		return err
	}
	if _, err := c.Script(ctx, "select 1; select 2"); err != nil {
		return err
	}
	if _, err := c.CopyTo(ctx, io.Discard, "copy (select 1) to stdout"); err != nil {
		return err
	}
	short, stop := context.WithTimeout(ctx, time.Duration(n%20)*time.Millisecond)
	defer stop()
	if _, err := c.Exec(short, "select pg_sleep(30)"); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("a statement that was cancelled: %w", err)
	}
	if e, ok := errors.AsType[*ServerError](selectOwn(ctx, c, n, "select 1 / ($1::int - $1)")); !ok || e.Code != "22012" {
		return errors.New("an error was lost")
	}
	return selectOwn(ctx, c, -n, "select $1::int")
}
