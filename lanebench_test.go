package parley

import (
	"fmt"
	"sync"
	"testing"

	"parley/pgtest"
)

// BenchmarkLanes is point selects by many callers.
func BenchmarkLanes(b *testing.B) {
	server := pgtest.Start(b, pgtest.Config{})
	for _, n := range []int{1, 16, 64, 256, 1024} {
		for _, lanes := range []int{1, 2, 4} {
			b.Run(fmt.Sprintf("%d/%d", n, lanes), func(b *testing.B) {
				db := openDB(b, server, Config{Lanes: lanes})
				if _, err := db.Script(b.Context(), `create table if not exists t (id int8 primary key, v int8);
					insert into t select i, i * 3 from generate_series(1, 1000) i on conflict do nothing`); err != nil {
					b.Fatal(err)
				}
				const sql = "select v from t where id = $1"
				for range 10 {
					if _, err := One[int64](b.Context(), db, sql, int64(1)); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for i := range n {
					wg.Go(func() {
						for j := range b.N / n {
							k := int64((i+j)%1000 + 1)
							if v, err := One[int64](b.Context(), db, sql, k); err != nil || v != k*3 {
								b.Errorf("%d: %d, %v", k, v, err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "q/s")
				b.ReportMetric(db.Stats().Group.Mean(), "group")
			})
		}
	}
}
