package parley

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// heap returns how many bytes are in use, garbage aside.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what a finalizer held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestLargeValuesAreGivenBack: what a connection needed for a large value does
// not stay with it.
func TestLargeValuesAreGivenBack(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	c := connect(t, Config{ConnString: server.DSN()})
	const size = 24 << 20
	verbs := map[string]func() (int, error){
		"One": func() (int, error) {
			s, err := One[string](t.Context(), c, "select repeat('x', $1)", size)
			return len(s), err
		},
		"Raw": func() (n int, err error) {
			rows := c.Query(t.Context(), "select repeat('x', $1)", size)
			for rows.Next() {
				n = len(rows.Raw()[0])
			}
			return n, rows.Err()
		},
		"argument": func() (int, error) {
			return One[int](t.Context(), c, "select length($1)", strings.Repeat("x", size))
		},
		"statement": func() (int, error) {
			return One[int](t.Context(), c, "select length('"+strings.Repeat("x", size)+"')")
		},
	}
	before := heap()
	for name, f := range verbs {
		if n, err := f(); n != size || err != nil {
			t.Fatalf("%s: %d, %v", name, n, err)
		}
		if more := heap() - before; more > size/8 {
			t.Errorf("%s: %d bytes are still held", name, more)
		}
	}
	runtime.KeepAlive(c)
}

// TestIdleConnectionsGiveBack: less is kept where nothing is in sight.
func TestIdleConnectionsGiveBack(t *testing.T) {
	db := openDB(t, pgtest.Start(t, pgtest.Config{}), Config{})
	rows := db.Query(t.Context(), "select repeat('x', 4000000)")
	for rows.Next() {
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	before := heap()
	db.pool.tend(time.Now())
	if less := before - heap(); less < 4000000 {
		t.Errorf("only %d bytes were given back", less)
	}
	if got := value(t, db, "select 1"); got != "1" {
		t.Error(got)
	}
}
