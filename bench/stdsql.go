package main

import (
	"context"
	"database/sql"
	"net"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"

	"parley/bench/internal/harness"
	"parley/sqldriver"
)

// What database/sql offers on top of Parley, pgx and lib/pq. The first two prepare
// and keep statements by themselves; with the last that is up to the caller, who
// calls Prepare.

// standard opens a database/sql handle of at most so many connections, kept
// open.
type standard func(t target, size int) (*sql.DB, error)

func pgxStandard(t target, size int) (*sql.DB, error) {
	config, err := pgxConfig(t)
	if err != nil {
		return nil, err
	}
	return sized(stdlib.OpenDB(*config), size), nil
}

func parleyStandard(t target, size int) (*sql.DB, error) {
	return sized(sql.OpenDB(sqldriver.NewConnector(t.parley())), size), nil
}

func pqStandard(t target, size int) (*sql.DB, error) {
	c, err := pq.NewConnector(t.dsn)
	if err != nil {
		return nil, err
	}
	if t.dial != nil {
		c.Dialer(pqDialer(t.dial))
	}
	return sized(sql.OpenDB(c), size), nil
}

func sized(db *sql.DB, size int) *sql.DB {
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db
}

// pqDialer dials in the way that lib/pq knows.
type pqDialer harness.Dial

// Dial is without a context.
func (d pqDialer) Dial(network, address string) (net.Conn, error) {
	return d(context.Background(), network, address)
}

// DialTimeout has one that ends.
func (d pqDialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d(ctx, network, address)
}

// DialContext dials.
func (d pqDialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

// openStandardPoint selects by a text that the driver prepares.
func openStandardPoint(open standard, size int) opener[point] {
	return func(ctx context.Context, t target) (point, func(), error) {
		db, err := open(t, size)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, id int32) (value int64, err error) {
			err = db.QueryRowContext(ctx, pointSQL, id).Scan(&value)
			return value, err
		}, func() { _ = db.Close() }, nil
	}
}

// openPreparedPoint selects by a statement that the caller has prepared.
func openPreparedPoint(open standard, size int) opener[point] {
	return func(ctx context.Context, t target) (point, func(), error) {
		db, err := open(t, size)
		if err != nil {
			return nil, nil, err
		}
		stmt, err := db.PrepareContext(ctx, pointSQL)
		if err != nil {
			_ = db.Close()
			return nil, nil, err
		}
		return func(ctx context.Context, id int32) (value int64, err error) {
			err = stmt.QueryRowContext(ctx, id).Scan(&value)
			return value, err
		}, func() { _ = db.Close() }, nil
	}
}

func openStandardScan(open standard) opener[scan] {
	return func(_ context.Context, t target) (scan, func(), error) {
		db, err := open(t, 1)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, sql string, variables ...any) (n int, err error) {
			rows, err := db.QueryContext(ctx, sql)
			if err != nil {
				return 0, err
			}
			defer func() { _ = rows.Close() }()
			for ; rows.Next(); n++ {
				if err := rows.Scan(variables...); err != nil {
					return n, err
				}
			}
			return n, rows.Err()
		}, func() { _ = db.Close() }, nil
	}
}
