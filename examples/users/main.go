// Users stores, reads and changes rows as Go structs.
//
//	go run ./examples/users [CONNECTION-STRING]
package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log"
	"os"
	"time"

	"parley"
	"parley/pgtest"
)

// User goes into and comes from the columns id, name, email and created.
type User struct {
	ID      int64
	Name    string
	Email   *string // NULL is nil
	Created time.Time
}

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
	db, err := parley.Open(ctx, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Script(ctx, `drop table if exists example_users;
		create table example_users (id int8 primary key, name text not null, email text, created timestamptz not null)`); err != nil {
		return err
	}
	n, err := parley.CopyIn(ctx, db, "example_users", newUsers(1000))
	if err != nil {
		return err
	}
	fmt.Println(n, "users stored")
	return use(ctx, db)
}

// newUsers makes users up.
func newUsers(n int64) iter.Seq2[User, error] {
	return func(yield func(User, error) bool) {
		for i := range n {
			u := User{ID: i + 1, Name: fmt.Sprintf("user %d", i+1), Created: time.Date(2026, 1, 1, 0, 0, int(i), 0, time.UTC)}
			if i%2 == 0 {
				u.Email = new(fmt.Sprintf("user%d@example.com", i+1))
			}
			if !yield(u, nil) {
				return
			}
		}
	}
}

func use(ctx context.Context, db *parley.DB) error {
	u, err := parley.One[User](ctx, db, "select * from example_users where id = $1", 7)
	if err != nil {
		return err
	}
	fmt.Println(u.ID, u.Name, *u.Email, u.Created.Format(time.DateTime))

	_, err = parley.One[User](ctx, db, "select * from example_users where id = $1", -1)
	fmt.Println(errors.Is(err, parley.ErrNoRows), "that there is no user -1")

	err = db.Tx(ctx, parley.TxOptions{}, func(tx *parley.Tx) error {
		tag, err := tx.Exec(ctx, "update example_users set email = null where id <= $1", 100)
		fmt.Println(tag)
		return err
	})
	if err != nil {
		return err
	}
	ids, err := parley.All[int64](ctx, db, "select id from example_users where email is null order by id limit 5")
	if err != nil {
		return err
	}
	fmt.Println(ids)
	letters := 0
	for u, err := range parley.Each[User](ctx, db, "select * from example_users") {
		if err != nil {
			return err
		}
		letters += len(u.Name)
	}
	fmt.Println(letters, "letters in all names")
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
