package parley

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/pgtest"
	"parley/wire"
)

// pooledDB opens a DB through a PgBouncer.
func pooledDB(t *testing.T, server *pgtest.Server, pooler pgtest.PoolerConfig, config Config) *DB {
	t.Helper()
	dial := pooled(t, server, pooler)
	config.ConnString = server.DSN()
	config.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// Lanes work through a pooler that gives each transaction another backend.
func TestLanesThroughPooler(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	for _, w := range []struct {
		name   string
		pooler pgtest.PoolerConfig
		config Config
	}{
		{"unnamed", pgtest.PoolerConfig{Mode: "transaction"}, Config{StatementCache: -1}},
		{"named", naming(200), Config{Grouping: GroupWrites}},
		{"named, the pooler evicts", naming(2), Config{Grouping: GroupNone}},
		{"named, the pooler evicts, reads share", naming(2), Config{}}, // it loses count of what it prepares in a group that fails
		{"named, the pooler evicts, writes share", naming(2), Config{Grouping: GroupWrites}},
		{"session", pgtest.PoolerConfig{Mode: "session"}, Config{MaxConns: 1, Lanes: 1}},
	} {
		t.Run(w.name, func(t *testing.T) {
			db := pooledDB(t, server, w.pooler, w.config)
			if _, err := db.Exec(t.Context(), "drop table if exists t"); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(t.Context(), "create table t (a int)"); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for j := range 40 {
						id := i*100 + j
						if v, err := One[int](t.Context(), db, fmt.Sprintf("select $1::int -- %d", j%4), id); err != nil || v != id {
							t.Errorf("%d, %v, want %d", v, err, id)
						}
						if _, err := db.Exec(t.Context(), "insert into t values ($1)", id); err != nil {
							t.Errorf("insert: %v", err)
						}
						if _, err := db.Exec(t.Context(), "select 1 / ($1::int - $1)", id); !hasCode("22012")(err) {
							t.Errorf("%v, want a division by zero", err)
						}
					}
				})
			}
			wg.Wait()
			if n, err := One[int](t.Context(), db, "select count(distinct a) from t"); err != nil || n != 640 {
				t.Errorf("%d rows, %v, want 640", n, err)
			}
		})
	}
}

// wedged is a connection through something that gets stuck for good when a
// request comes while it waits for a reply, as some poolers do.
type wedged struct {
	net.Conn
	on    *atomic.Bool
	mu    sync.Mutex // guards the following
	owed  int        // replies to come
	stuck bool       // for good
	reply wire.Buffer
}

func (c *wedged) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.stuck = c.stuck || c.on.Load() && c.owed > 0
	busy := c.stuck
	if !busy {
		c.owed += strings.Count(string(b), "S\x00\x00\x00\x04")
	}
	c.mu.Unlock()
	if busy {
		return len(b), nil // swallowed
	}
	defer func() { <-time.After(time.Millisecond) }() // so that others come meanwhile
	return c.Conn.Write(b)
}

func (c *wedged) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.reply.Fill(strings.NewReader(string(b[:n])))
	for {
		f, ok, frameErr := c.reply.Next(wire.PhaseBackend)
		if !ok || frameErr != nil {
			return n, err
		}
		if f.Type == 'Z' {
			c.owed = max(c.owed-1, 0)
		}
	}
}

// A lane that stalls because what is in between does not stand more than one
// request is given up, its reads are run again, and from then on there is one
// request at a time.
func TestLanesThroughWhatWedges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(1)
		var on atomic.Bool
		db, err := OpenConfig(t.Context(), Config{ConnString: modelString, Lanes: 1, Grouping: GroupNone,
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				c, err := w.dial(ctx, network, address)
				return &wedged{Conn: c, on: &on}, err
			}})
		if err != nil {
			t.Fatal(err)
		}
		defer w.hangUp()
		defer db.Close()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		for range 3 {
			if _, err := db.Exec(ctx, "select $1 from echo", "x"); err != nil {
				t.Fatal(err)
			}
		}
		on.Store(true)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				for j := range 5 {
					want := fmt.Sprint(i, j)
					x := textRows{want: want}
					if _, err := db.collect(ctx, "select $1 from echo", []any{want}, &sink{taker: &x}); err != nil || x.rows != 1 || x.bad != "" {
						t.Errorf("%s: %d rows, %q, %v", want, x.rows, x.bad, err)
					}
				}
			})
		}
		began := time.Now()
		wg.Wait()
		if s := db.Stats(); s.Stalls != 1 || s.Lanes != 1 {
			t.Errorf("%+v", s)
		}
		t.Logf("it took %v, a stall included", time.Since(began))
	})
}

// Where a pooler has lost count of the statements that it has prepared, so that no
// name works, statements go without, on lanes and elsewhere. They are run once.
func TestPoolerThatMiscounts(t *testing.T) {
	for _, code := range []string{"42P05", "26000"} {
		for _, known := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, known %v", code, known), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					db, world := modelDB(t, Config{Lanes: 1, MaxConns: 1, Grouping: GroupWrites})
					miscounted(t, db, world, code, known)
				})
			})
		}
	}
}

func miscounted(t *testing.T, db *DB, world *world, code string, known bool) {
	const insert = "insert into log values ($1)"
	if known {
		for range 2 {
			if _, err := db.Exec(t.Context(), insert, "before"); err != nil {
				t.Fatal(err)
			}
			if value(t, db, "select $1 from echo", "before") != "before" {
				t.Fatal("no echo")
			}
		}
		db.only(t).retire() // the next prepares anew
	}
	world.setMiscount(code)
	var stored []string
	for i := range 3 {
		id := fmt.Sprint(i)
		if _, err := db.Exec(t.Context(), insert, id); err != nil {
			t.Errorf("on a lane: %v", err)
		}
		if got := value(t, db, "select $1 from echo", id); got != id {
			t.Errorf("on a connection of its own: %q", got)
		}
		if err := db.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
			_, err := tx.Exec(t.Context(), insert, id+".1")
			return err
		}); err != nil {
			t.Errorf("the first of a transaction: %v", err)
		}
		stored = append(stored, id, id+".1")
	}
	var wg sync.WaitGroup
	for i := range 5 {
		id := fmt.Sprint("shared ", i)
		stored = append(stored, id)
		wg.Go(func() {
			if _, err := db.Exec(t.Context(), insert, id); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	wg.Wait()
	world.setMiscount("")
	world.mu.Lock()
	defer world.mu.Unlock()
	for _, id := range stored {
		if n := world.stored[id]; n != 1 {
			t.Errorf("%s is stored %d times", id, n)
		}
	}
}
