// Jobs hands work to listeners by NOTIFY, and ends when all of it is done.
//
//	go run ./examples/jobs [CONNECTION-STRING]
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"parley"
	"parley/pgtest"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

const jobs = 5

func run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	dsn, stop, err := database(ctx)
	if err != nil {
		return err
	}
	defer stop()
	db, err := parley.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	worked := make(chan error, 1)
	go func() { worked <- work(ctx, db) }()
	for {
		// Tell it until somebody has heard it: what is sent before anybody
		// listens is lost.
		if _, err := db.Exec(ctx, "select pg_notify('example_jobs', $1)", "wake up"); err != nil {
			return err
		}
		select {
		case err := <-worked:
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// work takes notifications until it has had enough.
func work(ctx context.Context, db *parley.DB) error {
	done := 0
	for n, err := range db.Listen(ctx, "example_jobs") {
		if gap, ok := errors.AsType[*parley.GapError](err); ok {
			fmt.Println("look for work that nobody told of:", gap)
			continue
		}
		if err != nil {
			return err
		}
		done++
		fmt.Printf("job %d: %s\n", done, n.Payload)
		if done == jobs {
			return nil
		}
	}
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
