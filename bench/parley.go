package main

import (
	"context"

	"parley"
	"parley/bench/internal/harness"
	"parley/pgtype"
)

// What Parley offers, in its default configuration but for what a workload says
// of lanes, connections and grouping.

func (t target) parley() parley.Config { return parley.Config{ConnString: t.dsn, Dial: t.dial} }

func parleyConnect(ctx context.Context, t target) (*parley.Conn, func(), error) {
	c, err := parley.ConnectConfig(ctx, t.parley())
	if err != nil {
		return nil, nil, err
	}
	return c, func() { _ = c.Close() }, nil
}

func parleyOpen(ctx context.Context, config parley.Config) (*parley.DB, func(), error) {
	db, err := parley.OpenConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	return db, func() { _ = db.Close() }, nil
}

func parleyPoint(q parley.Queryer) point {
	return func(ctx context.Context, id int32) (int64, error) { return parley.One[int64](ctx, q, pointSQL, id) }
}

func openParleyPoint(ctx context.Context, t target) (point, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return parleyPoint(c), close, err
}

// openParleyDBPoint returns an opener of a DB of so many lanes; 0 is the default.
func openParleyDBPoint(lanes int) opener[point] {
	return func(ctx context.Context, t target) (point, func(), error) {
		config := t.parley()
		config.Lanes = lanes
		db, close, err := parleyOpen(ctx, config)
		return parleyPoint(db), close, err
	}
}

// lanes are the numbers of lanes among which the best is looked for.
var lanes = []int{1, 2, 4}

// parleyCrowd returns a DB with some lanes, used by many goroutines.
func parleyCrowd(e *env, goroutines int) []harness.Contestant {
	var all []harness.Contestant
	for _, n := range lanes {
		all = append(all, e.crowd("parley", harness.Params{"conns": n}, goroutines, openParleyDBPoint(n)))
	}
	return all
}

func openParleyScan(ctx context.Context, t target) (scan, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, sql string, variables ...any) (n int, err error) {
		rows := c.Query(ctx, sql)
		for ; rows.Next(); n++ {
			if err := rows.Scan(variables...); err != nil {
				_ = rows.Close()
				return n, err
			}
		}
		return n, rows.Err()
	}, close, err
}

func openParleyStructs(ctx context.Context, t target) (func(context.Context, string) ([]six, error), func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, sql string) ([]six, error) { return parley.All[six](ctx, c, sql) }, close, err
}

func openParleyCopyIn(ctx context.Context, t target) (writeSix, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, rows []six) error {
		_, err := parley.CopyIn(ctx, c, "arrivals", func(yield func(six, error) bool) {
			for i := range rows {
				if !yield(rows[i], nil) {
					return
				}
			}
		})
		return err
	}, close, err
}

func openParleyCopyOut(ctx context.Context, t target) (readSix, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, sql string) (n int, last six, err error) {
		for row, err := range parley.CopyOut[six](ctx, c, sql) {
			if err != nil {
				return n, last, err
			}
			last = row
			n++
		}
		return n, last, nil
	}, close, err
}

func parleyNumerics() []any { return []any{new(pgtype.Numeric), new(pgtype.Numeric)} }

func openParleyCold(ctx context.Context, t target) (queryCold, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, sql string, id int32) (int64, error) {
		return parley.One[int64](ctx, c, sql, id)
	}, close, err
}

func openParleyTx(ctx context.Context, t target) (point, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, id int32) (value int64, err error) {
		err = c.Tx(ctx, parley.TxOptions{}, func(tx *parley.Tx) (err error) {
			value, err = parley.One[int64](ctx, tx, pointSQL, id)
			return err
		})
		return value, err
	}, close, err
}

// openParleyInsert has grouped writes.
func openParleyInsert(ctx context.Context, t target) (insert, func(), error) {
	config := t.parley()
	config.Grouping = parley.GroupWrites
	db, close, err := parleyOpen(ctx, config)
	return func(ctx context.Context, author int32) error {
		_, err := db.Exec(ctx, insertSQL, author, entryBody)
		return err
	}, close, err
}

// openParleyMixed has as many connections in all as others have, a quarter of
// them lanes.
func openParleyMixed(ctx context.Context, t target) (mixture, func(), error) {
	config := t.parley()
	config.Lanes, config.MaxConns = mixedConns/4, mixedConns-mixedConns/4
	db, close, err := parleyOpen(ctx, config)
	return mixture{parleyPoint(db), func(ctx context.Context) error {
		_, err := db.Exec(ctx, slowSQL)
		return err
	}}, close, err
}

func openParleyBatch(ctx context.Context, t target) (runBatch, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, ids []int32) (sum int64, err error) {
		var b parley.Batch
		var value int64
		take := func(i *parley.Item) error {
			err := i.Scan(&value)
			sum += value
			return err
		}
		for _, id := range ids {
			b.Query(take, pointSQL, id)
		}
		_, err = c.Run(ctx, &b)
		return sum, err
	}, close, err
}

func openParleyConnect(t target) (reconnect, error) {
	config := t.parley()
	return func(ctx context.Context) error {
		c, err := parley.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		return c.Close()
	}, nil
}

func openParleyIdle(ctx context.Context, t target) (*pool, error) {
	config := t.parley()
	config.MaxConns = idleConns
	db, close, err := parleyOpen(ctx, config)
	if err != nil {
		return nil, err
	}
	return &pool{func(ctx context.Context) (func(), error) {
		c, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		var ids ids
		return func() { _ = c.Close() }, checked(ctx, parleyPoint(c), &ids)
	}, close}, nil
}

// openParleyCached keeps so many statements.
func openParleyCached(n int) opener[queryCold] {
	return func(ctx context.Context, t target) (queryCold, func(), error) {
		config := t.parley()
		config.StatementCache = n
		c, err := parley.ConnectConfig(ctx, config)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, sql string, id int32) (int64, error) {
			return parley.One[int64](ctx, c, sql, id)
		}, func() { _ = c.Close() }, nil
	}
}
