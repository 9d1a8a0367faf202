// Crowd runs point reads from many goroutines at once, over two connections, and
// shows how many of them shared a Sync.
//
//	go run ./examples/crowd [CONNECTION-STRING]
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"parley"
	"parley/pgtest"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	dsn, stop, err := database(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for _, grouping := range []parley.Grouping{parley.GroupNone, parley.GroupReads} {
		db, err := parley.OpenConfig(ctx, parley.Config{ConnString: dsn, Lanes: 2, Grouping: grouping})
		if err != nil {
			return err
		}
		err = crowd(ctx, db, 200, time.Second)
		_ = db.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// crowd has goroutines read for a while.
func crowd(ctx context.Context, db *parley.DB, goroutines int, while time.Duration) error {
	ctx, stop := context.WithTimeout(ctx, 10*while)
	defer stop()
	end := time.Now().Add(while)
	var done atomic.Int64
	var failure atomic.Pointer[error]
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				v, err := parley.One[int](ctx, db, "select $1::int + 1", i)
				if err == nil && v != i+1 {
					err = fmt.Errorf("got %d, want %d", v, i+1)
				}
				if err != nil {
					failure.Store(&err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err := failure.Load(); err != nil {
		return *err
	}
	s := db.Stats()
	fmt.Printf("%d goroutines, %d connections: %d reads a second, %.1f to a Sync\n",
		goroutines, s.Lanes, int(float64(done.Load())/while.Seconds()), s.Group.Mean())
	return nil
}

// database returns the connection string given on the command line, or that of a
// private PostgreSQL which is gone when stop is called.
func database(ctx context.Context) (dsn string, stop func(), err error) {
	if len(os.Args) > 1 {
		return os.Args[1], func() {}, nil
	}
	server, err := pgtest.Run(ctx, pgtest.Config{})
	if err != nil {
		return "", nil, err
	}
	return server.DSN(), func() { _ = server.Close() }, nil
}
