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
func pooled(t *testing.T, server *pgtest.Server, config pgtest.PoolerConfig) dialFunc {
	t.Helper()
	config.Settings = append(config.Settings, "default_pool_size = 2")
	p, err := pgtest.StartPgBouncer(t, server, config)
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

// naming is a pooler that keeps so many prepared statements on each server
// connection, and passes those of its clients on.
func naming(statements int) pgtest.PoolerConfig {
	return pgtest.PoolerConfig{Mode: "transaction", AtLeast: "1.21", Settings: []string{fmt.Sprint("max_prepared_statements = ", statements)}}
}

// Through a pooler works what works through that pooler: in session mode
// everything, in transaction mode what needs no session, with unnamed
// statements, or with a pooler that knows statements also with named ones.
func TestPooler(t *testing.T) {
	for _, w := range []struct {
		name   string
		pooler pgtest.PoolerConfig
		config Config
	}{
		{"session", pgtest.PoolerConfig{Mode: "session"}, Config{}},
		{"session, unnamed", pgtest.PoolerConfig{Mode: "session"}, Config{StatementCache: -1}},
		{"transaction, unnamed", pgtest.PoolerConfig{Mode: "transaction"}, Config{StatementCache: -1}},
		{"named", naming(200), Config{}},
		{"named, the client evicts", naming(200), Config{StatementCache: 2}},
		{"named, the pooler evicts", naming(2), Config{}},
		{"named, unnamed ones", naming(200), Config{StatementCache: -1}},
	} {
		t.Run(w.name, func(t *testing.T) {
			server := pgtest.Start(t, pgtest.Config{})
			dial := pooled(t, server, w.pooler)
			direct := connectRaw(t, server, Config{})
			mustExec(t, direct, "create table t (a int, b bytea)")
			connections := 2
			if w.pooler.Mode == "transaction" {
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

// A statement that was prepared on one server connection runs on all of them,
// in one exchange, also after the pooler has thrown it out there.
func TestPoolerStatements(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	dial := pooled(t, server, naming(1))
	connect := func() *Conn { return connectVia(t, dial, server.User(), server.Database(), Config{}) }
	c, other := connect(), connect()
	st, err := c.Prepare(t.Context(), "select $1::int + pg_backend_pid() * 0, pg_backend_pid()")
	if err != nil {
		t.Fatal(err)
	}
	backends := map[string]bool{}
	for i := range 20 {
		tx, err := other.Begin(t.Context(), TxOptions{}) // has one of the servers to itself
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), fmt.Sprintf("select %d", i)); err != nil {
			t.Fatal(err)
		}
		held := connect()
		if i%2 == 0 { // and now the other server is the one last used
			mustExec(t, held, "select 1")
		}
		n := exchanges(c, func() { backends[firstColumns(t, st.Query(t.Context(), i), i)] = true })
		if n != 1 {
			t.Errorf("use %d cost %d exchanges", i, n)
		}
		if err := tx.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
		n = exchanges(c, func() { backends[firstColumns(t, st.Query(t.Context(), i), i)] = true })
		if n != 1 {
			t.Errorf("use %d cost %d exchanges", i, n)
		}
		_ = held.Close()
	}
	if len(backends) != 2 {
		t.Errorf("it ran on the backends %v, want two", backends)
	}
	if err := st.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// firstColumns checks the number in a row and returns what is beside it.
func firstColumns(t *testing.T, rows *Rows, want int) (beside string) {
	t.Helper()
	var got int
	for rows.Next() {
		if err := rows.Scan(&got, &beside); err != nil {
			t.Fatal(err)
		}
	}
	if rows.Err() != nil || got != want {
		t.Fatalf("%d, %v, want %d", got, rows.Err(), want)
	}
	return beside
}

// Statements that somebody drops behind the pooler's back are prepared again,
// unseen outside a transaction.
func TestPoolerDeallocates(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	dial := pooled(t, server, naming(200))
	c := connectVia(t, dial, server.User(), server.Database(), Config{})
	for _, drop := range []string{"deallocate all", "discard all"} {
		for i := range 3 {
			if err := selectOwn(t.Context(), c, i, "select $1::int"); err != nil {
				t.Fatalf("%s, %d: %v", drop, i, err)
			}
			mustExec(t, c, drop)
			if err := selectOwn(t.Context(), c, i, "select $1::int"); err != nil {
				t.Fatalf("after %s, %d: %v", drop, i, err)
			}
			if n := exchanges(c, func() { _ = selectOwn(t.Context(), c, i, "select $1::int") }); n != 1 {
				t.Errorf("after %s: %d exchanges", drop, n)
			}
		}
	}
	if _, err := c.Exec(t.Context(), "deallocate parley_1"); err == nil {
		t.Error("the pooler knows the client's names, so this test may go further")
	}
}

// A statement is cancelled through the pooler, and never that of another client.
func TestPoolerCancel(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	dial := pooled(t, server, naming(200))
	connect := func() *Conn { return connectVia(t, dial, server.User(), server.Database(), Config{}) }
	victim, bystander := connect(), connect()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 200 {
			if err := selectOwn(t.Context(), bystander, i, "select $1::int from pg_sleep(0.001)"); err != nil {
				t.Errorf("the bystander's query %d: %v", i, err)
				return
			}
		}
	})
	for i := range 40 {
		ctx, stop := context.WithTimeout(t.Context(), time.Duration(i%8)*time.Millisecond)
		if _, err := victim.Exec(ctx, "select pg_sleep(30)"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
		stop()
		if err := selectOwn(t.Context(), victim, i, "select $1::int"); err != nil {
			t.Fatalf("afterwards: %v", err)
		}
	}
	wg.Wait()
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
	if err := selectOwn(ctx, c, n, "select 1 / ($1::int - $1)"); !hasCode("22012")(err) {
		return fmt.Errorf("instead of a division by zero: %v", err)
	}
	return selectOwn(ctx, c, -n, "select $1::int")
}
