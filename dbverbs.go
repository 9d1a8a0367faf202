package parley

import (
	"context"
	"errors"
	"io"
	"sync"
)

// DBConn is a connection of a DB that one caller holds. Close gives it back; what
// the caller has left behind in its session is undone before anybody else gets
// it. A DBConn must not be used after Close.
type DBConn struct {
	*Conn
	once sync.Once
	back func()
}

// Conn returns a connection of one's own, which must be closed to give it back.
// It waits, first come first served, while all are in use.
func (db *DB) Conn(ctx context.Context) (*DBConn, error) {
	p, err := db.pool.acquire(ctx)
	if err != nil {
		return nil, err
	}
	return &DBConn{Conn: p.conn, back: func() { db.pool.release(p) }}, nil
}

// Close gives the connection back. Closing twice does nothing.
func (c *DBConn) Close() error {
	c.once.Do(c.back)
	return nil
}

// with runs a function with a connection of its own. One that turns out to be
// lost before anything was sent over it is replaced.
func (db *DB) with(ctx context.Context, f func(*Conn) error) (err error) {
	for range maxAttempts {
		p, acquireErr := db.pool.acquire(ctx)
		if acquireErr != nil {
			return acquireErr
		}
		err = db.lend(p, f)
		e, ok := errors.AsType[*OpError](err)
		if !ok || e.Sent || p.conn.Alive() || ctx.Err() != nil {
			return err
		}
	}
	return err
}

func (db *DB) lend(p *poolConn, f func(*Conn) error) error {
	defer db.pool.release(p)
	return f(p.conn)
}

// Tx runs a function in a transaction on a connection of its own, as [Conn.Tx]
// does. A transaction that failed with a serialization failure or a deadlock,
// because its connection turned out to be lost before a statement or the COMMIT
// was sent, or because the server is not the primary any more, is run again, function and all,
// up to options.Retries times.
func (db *DB) Tx(ctx context.Context, options TxOptions, f func(*Tx) error) error {
	for again := 0; ; again++ {
		passes, err := db.tx(ctx, options, f)
		if !passes || again >= options.Retries || ctx.Err() != nil {
			return err
		}
	}
}

// tx runs a transaction once, and reports whether it was rolled back for a reason
// that passes.
func (db *DB) tx(ctx context.Context, options TxOptions, f func(*Tx) error) (passes bool, err error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	err = c.Tx(ctx, options, f)
	if !options.ReadOnly && db.demoted(err) {
		_ = c.line.Break(err)
		return true, err
	}
	if e, ok := errors.AsType[*OpError](err); ok {
		return !e.Sent && !c.Alive(), err
	}
	e, ok := errors.AsType[*ServerError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01"), err
}

// Run is [Conn.Run] on a connection of its own.
func (db *DB) Run(ctx context.Context, b *Batch) (results []BatchResult, err error) {
	err = db.with(ctx, func(c *Conn) error {
		results, err = c.Run(ctx, b)
		return err
	})
	return results, err
}

// Script is [Conn.Script] on a connection of its own. What it leaves behind in
// the session is undone.
func (db *DB) Script(ctx context.Context, sql string) (results []Result, err error) {
	err = db.with(ctx, func(c *Conn) error {
		results, err = c.Script(ctx, sql)
		return err
	})
	return results, err
}

// CopyFrom is [Conn.CopyFrom] on a connection of its own.
func (db *DB) CopyFrom(ctx context.Context, r io.Reader, sql string) (tag Tag, err error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return Tag{}, err
	}
	defer c.Close()
	return c.CopyFrom(ctx, r, sql)
}

// CopyTo is [Conn.CopyTo] on a connection of its own.
func (db *DB) CopyTo(ctx context.Context, w io.Writer, sql string) (tag Tag, err error) {
	c, err := db.Conn(ctx)
	if err != nil {
		return Tag{}, err
	}
	defer c.Close()
	return c.CopyTo(ctx, w, sql)
}
