package parley_test

import (
	"context"
	"errors"
	"fmt"

	"parley"
)

func ExampleOne() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		n, err := parley.One[int64](ctx, conn, "select count(*) from generate_series(1, $1::int)", 42)
		if err != nil {
			return err
		}
		fmt.Println(n)

		type user struct {
			ID   int
			Name string
			Mail *string `db:"e_mail"` // NULL is nil
		}
		const find = "select * from (values (1, 'Ada', null)) as users (id, name, e_mail) where id = $1"
		u, err := parley.One[user](ctx, conn, find, 1)
		if err != nil {
			return err
		}
		fmt.Println(u.ID, u.Name, u.Mail == nil)

		_, err = parley.One[user](ctx, conn, find, 2)
		fmt.Println(errors.Is(err, parley.ErrNoRows))
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 42
	// 1 Ada true
	// true
}

func ExampleAll() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		words, err := parley.All[string](ctx, conn, "select unnest($1::text[]) order by 1", []string{"pear", "apple"})
		fmt.Println(words)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: [apple pear]
}

func ExampleEach() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		type square struct{ N, Square int }
		for s, err := range parley.Each[square](ctx, conn, "select n, n * n as square from generate_series(1, 1000000) n") {
			if err != nil {
				return err
			}
			fmt.Println(s.N, s.Square)
			if s.N == 3 {
				break // the rest is neither read nor made
			}
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 1 1
	// 2 4
	// 3 9
}

func ExampleLenient() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		type user struct{ Name string }
		_, err := parley.One[user](ctx, conn, "select 1 as id, 'Ada' as name")
		fmt.Println(err)
		u, err := parley.One[user](ctx, parley.Lenient(conn), "select 1 as id, 'Ada' as name")
		fmt.Println(u.Name)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// rows into parley_test.user: no field for column id
	// Ada
}

func ExampleByPosition() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		type pair struct {
			Word  string
			Count int
		}
		p, err := parley.One[pair](ctx, parley.ByPosition(conn), "select 'parley', 6")
		fmt.Println(p.Word, p.Count)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: parley 6
}

func ExampleCopyIn() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		if _, err := conn.Exec(ctx, "create table points (id serial, x int, y int)"); err != nil {
			return err
		}
		type point struct{ X, Y int }
		diagonal := func(yield func(point, error) bool) {
			for i := range 1000 {
				if !yield(point{i, i}, nil) {
					return
				}
			}
		}
		n, err := parley.CopyIn(ctx, conn, "points", diagonal)
		fmt.Println(n)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 1000
}

func ExampleCopyOut() {
	err := example(func(ctx context.Context, conn *parley.Conn) error {
		sum := 0
		for n, err := range parley.CopyOut[int](ctx, conn, "select generate_series(1, 100000)") {
			if err != nil {
				return err
			}
			sum += n
		}
		fmt.Println(sum)
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: 5000050000
}
