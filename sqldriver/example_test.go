package sqldriver_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"parley"
	"parley/pgtest"
	"parley/sqldriver"
)

// An *sql.DB by the driver's name.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server, err := pgtest.Run(ctx, pgtest.Config{}) // a private server, for the example
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	db, err := sql.Open("parley", server.DSN())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()
	var n int
	err = db.QueryRowContext(ctx, "select $1::int + 1", 41).Scan(&n)
	fmt.Println(n, err)
	// Output: 42 <nil>
}

// A program that uses a parley.DB, and gives an *sql.DB over the same connections to
// a library.
func ExampleOpenDB() {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	server, err := pgtest.Run(ctx, pgtest.Config{}) // a private server, for the example
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()

	db, err := parley.Open(ctx, server.DSN())
	if err != nil {
		fmt.Println(err)
		return
	}
	std := sqldriver.OpenDB(db)
	var n int
	err = std.QueryRowContext(ctx, "select 7").Scan(&n)
	fmt.Println(n, errors.Join(err, std.Close(), db.Close()))
	// Output: 7 <nil>
}
