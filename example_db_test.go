package parley_test

import (
	"context"
	"fmt"

	"parley"
	"parley/pgtest"
)

// exampleDB runs f with a DB on a private server.
func exampleDB(f func(ctx context.Context, db *parley.DB) error) error {
	return onServer(func(ctx context.Context, server *pgtest.Server) error {
		db, err := parley.Open(ctx, server.DSN())
		if err != nil {
			return err
		}
		defer db.Close()
		return f(ctx, db)
	})
}

func ExampleDB_Exec() {
	err := exampleDB(func(ctx context.Context, db *parley.DB) error {
		if _, err := db.Exec(ctx, "create table users (id int, name text)"); err != nil {
			return err
		}
		tag, err := db.Exec(ctx, "insert into users values ($1, $2)", 1, "Ada")
		fmt.Println(tag)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: INSERT 0 1
}

func ExampleDB_Tx() {
	err := exampleDB(func(ctx context.Context, db *parley.DB) error {
		if _, err := db.Exec(ctx, "create table accounts (id int primary key, balance int)"); err != nil {
			return err
		}
		err := db.Tx(ctx, parley.TxOptions{Isolation: parley.Serializable, Retries: 5}, func(tx *parley.Tx) error {
			_, err := tx.Exec(ctx, "insert into accounts values (1, 100), (2, 0)")
			return err
		})
		if err != nil {
			return err
		}
		sum, err := parley.One[int](ctx, db, "select sum(balance) from accounts")
		fmt.Println(sum)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 100
}

func ExampleDB_Conn() {
	err := exampleDB(func(ctx context.Context, db *parley.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close() // gives it back, and undoes the setting
		if _, err := conn.Exec(ctx, "set search_path = app"); err != nil {
			return err
		}
		path, err := parley.One[string](ctx, conn, "select current_setting('search_path')")
		fmt.Println(path)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: app
}

func ExampleDB_Fetch() {
	err := onServer(func(ctx context.Context, server *pgtest.Server) error {
		db, err := parley.Open(ctx, server.DSN())
		if err != nil {
			return err
		}
		defer db.Close()
		rows := db.Fetch(ctx, "select 1 as id, 'Ada' as name, null as mail")
		for _, c := range rows.Columns() {
			fmt.Print(c.Name, " ")
		}
		for rows.Next() {
			values, err := rows.Values()
			fmt.Println(values, err)
		}
		return rows.Err()
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: id name mail [1 Ada <nil>] <nil>
}
