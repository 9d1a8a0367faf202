package parley

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Isolation is how much a transaction sees of others.
type Isolation string

// The isolation levels; the zero value leaves the choice to the session.
const (
	ReadUncommitted Isolation = "read uncommitted"
	ReadCommitted   Isolation = "read committed"
	RepeatableRead  Isolation = "repeatable read"
	Serializable    Isolation = "serializable"
)

// TxOptions say what a transaction is like. The zero value leaves everything to
// the session.
type TxOptions struct {
	Isolation  Isolation
	ReadOnly   bool
	ReadWrite  bool // even where the session's default is read only
	Deferrable bool // with Serializable and ReadOnly: wait for a snapshot that cannot fail
}

// sql returns the BEGIN.
func (t TxOptions) sql() (string, error) {
	var b strings.Builder
	b.WriteString("begin")
	switch t.Isolation {
	case "":
	case ReadUncommitted, ReadCommitted, RepeatableRead, Serializable:
		b.WriteString(" isolation level " + string(t.Isolation))
	default:
		return "", fmt.Errorf("begin: %q is no isolation level", string(t.Isolation))
	}
	switch {
	case t.ReadOnly && t.ReadWrite:
		return "", errors.New("begin: a transaction cannot be both read only and read write")
	case t.ReadOnly:
		b.WriteString(" read only")
	case t.ReadWrite:
		b.WriteString(" read write")
	}
	if t.Deferrable {
		b.WriteString(" deferrable")
	}
	return b.String(), nil
}

// ErrTxDone is what a transaction returns that has been committed or rolled
// back.
var ErrTxDone = errors.New("the transaction is over")

// Tx is a transaction, or a savepoint within one. Its methods are those of the
// connection, which must not be used beside it until it is over.
type Tx struct {
	conn      *Conn
	savepoint string // "" for the transaction itself
	depth     int
	done      bool
}

// Begin begins a transaction. BEGIN itself costs no exchange: it travels with
// the first statement, and a transaction without any costs nothing.
func (c *Conn) Begin(ctx context.Context, options TxOptions) (*Tx, error) {
	sql, err := options.sql()
	if err != nil {
		return nil, err
	}
	if err := c.enter(ctx, "begin"); err != nil {
		return nil, err
	}
	defer c.leave()
	if c.begin != "" || c.status != 'I' {
		return nil, errors.New("begin: the connection is in a transaction already")
	}
	c.begin = sql
	return &Tx{conn: c}, nil
}

// Tx runs a function in a transaction: commits when it returns nil, rolls back
// when it returns an error or panics. The function's error is returned as it
// is; if the rollback fails too, the connection is closed.
func (c *Conn) Tx(ctx context.Context, options TxOptions, f func(*Tx) error) error {
	tx, err := c.Begin(ctx, options)
	if err != nil {
		return err
	}
	return tx.run(ctx, f)
}

func (t *Tx) run(ctx context.Context, f func(*Tx) error) (err error) {
	finished := false
	defer func() {
		if !finished { // f panicked, or ended its goroutine
			_ = t.Rollback(context.WithoutCancel(ctx))
		}
	}()
	err = f(t)
	finished = true
	if err != nil {
		if back := t.Rollback(context.WithoutCancel(ctx)); back != nil && !errors.Is(back, ErrTxDone) {
			_ = t.conn.Close()
		}
		return err
	}
	if err = t.Commit(ctx); errors.Is(err, ErrTxDone) {
		return nil // f did it
	}
	return err
}

// check says whether the transaction can be used.
func (t *Tx) check(what string) error {
	if t.done {
		return fmt.Errorf("%s: %w", what, ErrTxDone)
	}
	return nil
}

// Exec is [Conn.Exec] within the transaction.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (Tag, error) {
	if err := t.check("query"); err != nil {
		return Tag{}, err
	}
	return t.conn.Exec(ctx, sql, args...)
}

// Query is [Conn.Query] within the transaction.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) *Rows {
	if err := t.check("query"); err != nil {
		return &Rows{err: err, done: true, conn: t.conn}
	}
	return t.conn.Query(ctx, sql, args...)
}

// Conn returns the transaction's connection, for what Tx has no method for:
// COPY, batches, large objects.
func (t *Tx) Conn() *Conn { return t.conn }

// Commit ends the transaction and keeps what it did; for a savepoint it only
// ends the savepoint. A transaction in which a statement has failed cannot be
// committed: the server rolls it back, and Commit returns [ErrRolledBack].
func (t *Tx) Commit(ctx context.Context) error {
	if err := t.check("commit"); err != nil {
		return err
	}
	t.done = true
	if t.savepoint != "" {
		_, err := t.conn.Exec(ctx, "release savepoint "+t.savepoint)
		return err
	}
	if t.conn.unbegun() {
		return nil
	}
	tag, err := t.conn.Exec(ctx, "commit")
	if err == nil && tag.String() == "ROLLBACK" {
		return ErrRolledBack
	}
	return err
}

// ErrRolledBack is what Commit returns when the server rolled the transaction
// back instead, because a statement in it had failed.
var ErrRolledBack = errors.New("commit: a statement of the transaction had failed, so it was rolled back")

// Rollback ends the transaction and undoes what it did; for a savepoint it
// undoes what was done since.
func (t *Tx) Rollback(ctx context.Context) error {
	if err := t.check("rollback"); err != nil {
		return err
	}
	t.done = true
	if t.savepoint != "" {
		_, err := t.conn.Exec(ctx, "rollback to savepoint "+t.savepoint)
		return err
	}
	if t.conn.unbegun() {
		return nil
	}
	_, err := t.conn.Exec(ctx, "rollback")
	return err
}

// unbegun takes back a BEGIN that was never sent, and reports whether there was
// one.
func (c *Conn) unbegun() bool {
	if c.begin == "" {
		return false
	}
	c.begin = ""
	return true
}

// Begin sets a savepoint.
func (t *Tx) Begin(ctx context.Context) (*Tx, error) {
	if err := t.check("savepoint"); err != nil {
		return nil, err
	}
	s := &Tx{conn: t.conn, depth: t.depth + 1, savepoint: fmt.Sprintf("parley_%d", t.depth+1)}
	if _, err := t.conn.Exec(ctx, "savepoint "+s.savepoint); err != nil {
		return nil, err
	}
	return s, nil
}

// Tx runs a function in a savepoint, as [Conn.Tx] does in a transaction.
func (t *Tx) Tx(ctx context.Context, f func(*Tx) error) error {
	s, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	return s.run(ctx, f)
}
