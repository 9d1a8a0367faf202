package parley

import (
	"fmt"
	"sync"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// openDB opens a DB that is closed with the test.
func openDB(t testing.TB, server *pgtest.Server, config Config) *DB {
	t.Helper()
	config.ConnString = server.DSN()
	db, err := OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

type oneInt struct {
	v int64
	n int
}

func (o *oneInt) begin(*description, []wire.Format) error { o.n = 0; return nil }
func (o *oneInt) row(b []byte) error {
	o.n++
	o.v = 0
	for _, x := range b[6:] {
		o.v = o.v<<8 | int64(x)
	}
	return nil
}

func BenchmarkLanes(b *testing.B) {
	server := pgtest.Start(b, pgtest.Config{})
	for _, n := range []int{1, 16, 64, 256, 1024} {
		for _, lanes := range []int{1, 2, 3, 4} {
			b.Run(fmt.Sprintf("%d/%d", n, lanes), func(b *testing.B) {
				db := openDB(b, server, Config{Lanes: lanes})
				if _, err := db.Exec(b.Context(), "create table if not exists t (id int8 primary key, v int8)"); err != nil {
					b.Fatal(err)
				}
				if _, err := db.Exec(b.Context(), "insert into t select i, i*3 from generate_series(1, 1000) i on conflict do nothing"); err != nil {
					b.Fatal(err)
				}
				var wg sync.WaitGroup
				for range 10 {
					_, _ = db.collect(b.Context(), "select v from t where id = $1", []any{int64(1)}, &oneInt{})
				}
				b.ResetTimer()
				per := 400000 / n
				if n == 1 {
					per = 20000
				}
				for range n {
					wg.Go(func() {
						for i := range per {
							var o oneInt
							k := int64(i%1000 + 1)
							if _, err := db.collect(b.Context(), "select v from t where id = $1", []any{k}, &o); err != nil || o.v != k*3 {
								b.Errorf("%v %v %v", o, k, err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(per*n)/b.Elapsed().Seconds(), "q/s")
			})
		}
	}
}
