package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// What pgx offers, as its documentation advises: its default configuration,
// whose statement cache makes every statement a prepared one, QueryRow and Scan
// for one row, ForEachRow and CollectRows for many.

func pgxConfig(t target) (*pgx.ConnConfig, error) {
	c, err := pgx.ParseConfig(t.dsn)
	if err == nil && t.dial != nil {
		c.DialFunc = pgconn.DialFunc(t.dial)
	}
	return c, err
}

func pgxConnect(ctx context.Context, t target) (*pgx.Conn, func(), error) {
	config, err := pgxConfig(t)
	if err != nil {
		return nil, nil, err
	}
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	return c, func() { _ = c.Close(ctx) }, nil
}

// pgxPool opens a pool of a fixed size.
func pgxPool(ctx context.Context, t target, size int) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(t.dsn)
	if err != nil {
		return nil, err
	}
	if config.ConnConfig, err = pgxConfig(t); err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = int32(size), int32(size)
	return pgxpool.NewWithConfig(ctx, config)
}

// pgxQuerier is a connection or a pool.
type pgxQuerier interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func pgxPoint(q pgxQuerier) point {
	return func(ctx context.Context, id int32) (value int64, err error) {
		err = q.QueryRow(ctx, pointSQL, id).Scan(&value)
		return value, err
	}
}

func pgxScan(q pgxQuerier) scan {
	return func(ctx context.Context, sql string, variables ...any) (n int, err error) {
		rows, err := q.Query(ctx, sql)
		if err != nil {
			return 0, err
		}
		_, err = pgx.ForEachRow(rows, variables, func() error {
			n++
			return nil
		})
		return n, err
	}
}

func openPgxPoint(ctx context.Context, t target) (point, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return pgxPoint(c), close, err
}

func openPgxScan(ctx context.Context, t target) (scan, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return pgxScan(c), close, err
}

// openPgxPoolPoint returns an opener of a pool of a fixed size.
func openPgxPoolPoint(size int) opener[point] {
	return func(ctx context.Context, t target) (point, func(), error) {
		p, err := pgxPool(ctx, t, size)
		if err != nil {
			return nil, nil, err
		}
		return pgxPoint(p), p.Close, nil
	}
}

// pgxStructs reads rows into a slice of structs, matched by name.
func pgxStructs(ctx context.Context, q pgxQuerier, sql string) ([]six, error) {
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[six])
}
