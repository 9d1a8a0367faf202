package main

import (
	"context"

	"parley"
)

// What Parley offers, in its default configuration.

func parleyConnect(ctx context.Context, t target) (*parley.Conn, func(), error) {
	c, err := parley.ConnectConfig(ctx, parley.Config{ConnString: t.dsn, Dial: t.dial})
	if err != nil {
		return nil, nil, err
	}
	return c, func() { _ = c.Close() }, nil
}

func openParleyPoint(ctx context.Context, t target) (point, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, id int32) (int64, error) { return parleyOne(ctx, c, pointSQL, id) }, close, err
}

// parleyOne returns the value of a statement's only row.
func parleyOne(ctx context.Context, c *parley.Conn, sql string, id int32) (value int64, err error) {
	rows := c.Query(ctx, sql, id)
	for rows.Next() {
		if err := rows.Scan(&value); err != nil {
			_ = rows.Close()
			return 0, err
		}
	}
	return value, rows.Err()
}

func openParleyScan(ctx context.Context, t target) (scan, func(), error) {
	c, close, err := parleyConnect(ctx, t)
	return func(ctx context.Context, sql string, variables ...any) (n int, err error) {
		rows := c.Query(ctx, sql)
		for ; rows.Next(); n++ {
			if err := rows.Scan(variables...); err != nil {
				return n, err
			}
		}
		return n, rows.Err()
	}, close, err
}

func openParleyConnect(t target) (reconnect, error) {
	config := parley.Config{ConnString: t.dsn, Dial: t.dial}
	return func(ctx context.Context) error {
		c, err := parley.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		return c.Close()
	}, nil
}

func openParleyIdle(t target) (hold, error) {
	return func(ctx context.Context) (func(), error) {
		get, close, err := openParleyPoint(ctx, t)
		if err != nil {
			return nil, err
		}
		var ids ids
		return close, checked(ctx, get, &ids)
	}, nil
}

// openParleyCached keeps so many statements.
func openParleyCached(n int) opener[queryCold] {
	return func(ctx context.Context, t target) (queryCold, func(), error) {
		c, err := parley.ConnectConfig(ctx, parley.Config{ConnString: t.dsn, Dial: t.dial, StatementCache: n})
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, sql string, id int32) (int64, error) {
			return parleyOne(ctx, c, sql, id)
		}, func() { _ = c.Close() }, nil
	}
}
