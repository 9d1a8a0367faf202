package parley_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"parley"
	"parley/pgtest"
)

// onServer runs f with a private server.
func onServer(f func(ctx context.Context, server *pgtest.Server) error) error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	server, err := pgtest.Run(ctx, pgtest.Config{})
	if err != nil {
		return err
	}
	defer server.Close()
	return f(ctx, server)
}

// example runs f with a connection to a private server.
func example(f func(ctx context.Context, conn *parley.Conn) error) error {
	return onServer(func(ctx context.Context, server *pgtest.Server) error {
		conn, err := parley.Connect(ctx, server.DSN())
		if err != nil {
			return err
		}
		defer conn.Close()
		return f(ctx, conn)
	})
}

func ExampleConn_Exec() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		if _, err := conn.Exec(ctx, "create table users (id int, name text)"); err != nil {
			return err
		}
		tag, err := conn.Exec(ctx, "insert into users values ($1, $2), ($3, $4)", 1, "Ada", 2, "Grace")
		fmt.Println(tag, tag.Rows())
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: INSERT 0 2 2
}

func ExampleConn_Query() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		rows := conn.Query(ctx, "select n, n * n from generate_series(1, $1::int) n", 3)
		for rows.Next() {
			var n, square int
			if err := rows.Scan(&n, &square); err != nil {
				return err
			}
			fmt.Println(n, square)
		}
		return rows.Err()
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 1
	// 2 4
	// 3 9
}

func ExampleServerError_Draw() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		_, err := conn.Exec(ctx, "select id,\n       nmae\n  from pg_class")
		if e, ok := errors.AsType[*parley.ServerError](err); ok {
			fmt.Println(e.Code, e.Message)
			fmt.Println(e.Draw())
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 42703 column "id" does not exist
	// line 1: select id,
	//                ^
}

func ExampleConn_Tx() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		err := conn.Tx(ctx, parley.TxOptions{Isolation: parley.Serializable}, func(tx *parley.Tx) error {
			if _, err := tx.Exec(ctx, "create table accounts (id int, balance int)"); err != nil {
				return err
			}
			return errors.New("changed my mind")
		})
		fmt.Println(err)
		_, err = conn.Exec(ctx, "select from accounts")
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// changed my mind
	// ERROR: relation "accounts" does not exist (SQLSTATE 42P01)
}

func ExampleConn_Run() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		var b parley.Batch
		b.Exec("create temporary table t (id int)")
		for i := range 3 {
			b.Exec("insert into t values ($1)", i)
		}
		b.Query(func(row *parley.Item) error {
			var n int
			err := row.Scan(&n)
			fmt.Println("rows:", n)
			return err
		}, "select count(*) from t")
		results, err := conn.Run(ctx, &b)
		fmt.Println("statements:", len(results))
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// rows: 3
	// statements: 5
}

func ExampleConn_CopyFrom() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		if _, err := conn.Exec(ctx, "create table lines (id int, data text)"); err != nil {
			return err
		}
		tag, err := conn.CopyFrom(ctx, strings.NewReader("1,Oooh\n2,Ahhh\n"), "copy lines from stdin (format csv)")
		fmt.Println(tag)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: COPY 2
}

func ExampleConn_CopyTo() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		_, err := conn.CopyTo(ctx, os.Stdout, "copy (select n, n % 2 = 0 from generate_series(1, 3) n) to stdout (format csv)")
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1,f
	// 2,t
	// 3,f
}

func ExampleConn_Script() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		results, err := conn.Script(ctx, "create table a (x int); insert into a values (1), (2); select x from a order by x")
		for _, r := range results {
			fmt.Println(r.Tag, r.Rows)
		}
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// CREATE TABLE []
	// INSERT 0 2 []
	// SELECT 2 [[1] [2]]
}

func ExampleConn_WaitNotification() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		if err := conn.Listen(ctx, "jobs"); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "select pg_notify('jobs', '17')"); err != nil {
			return err
		}
		note, err := conn.WaitNotification(ctx)
		fmt.Println(note.Channel, note.Payload)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: jobs 17
}

func ExampleConn_Prepare() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		stmt, err := conn.Prepare(ctx, "select $1::int + 1 as next")
		if err != nil {
			return err
		}
		defer stmt.Close(ctx)
		fmt.Println(len(stmt.ParamTypes()), stmt.Columns()[0].Name)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 1 next
}

func ExampleTx_OpenLargeObject() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		return conn.Tx(ctx, parley.TxOptions{}, func(tx *parley.Tx) error {
			oid, err := tx.CreateLargeObject(ctx, 0)
			if err != nil {
				return err
			}
			o, err := tx.OpenLargeObject(ctx, oid, parley.LargeObjectReadWrite)
			if err != nil {
				return err
			}
			n, err := o.Write([]byte("a file in the database"))
			fmt.Println(n, "bytes")
			return errors.Join(err, o.Close())
		})
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 22 bytes
}

func ExampleIdentifier() {
	fmt.Println("select * from " + parley.Identifier("my table"))
	// Output: select * from "my table"
}
