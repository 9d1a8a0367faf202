package parley

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"parley/wire"
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

	// Retries is how many times [DB.Tx] runs its function again after a
	// serialization failure or a deadlock, when the connection was lost before
	// a statement or the COMMIT was sent, or when the server is not the primary
	// any more. The function must do nothing besides that could not be done
	// twice.
	Retries int
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

// What a transaction returns beside the errors of its statements.
var (
	// ErrTxDone: the transaction was committed or rolled back before. It is
	// sql.ErrTxDone too, to errors.Is.
	ErrTxDone error = sameAs{sql.ErrTxDone, "the transaction is over"}
	// ErrRolledBack is what Commit returns when the server rolled the
	// transaction back instead, because a statement in it had failed.
	ErrRolledBack = errors.New("commit: a statement of the transaction had failed, so it was rolled back")
	// ErrTxLost: the connection is not in the transaction: BEGIN failed, or a
	// statement ended the transaction behind the back of the Tx.
	ErrTxLost = errors.New("the connection is no longer in the transaction")
)

// Tx is a transaction, or a savepoint within one. Its methods are those of the
// connection, which must not be used beside it until it is over.
type Tx struct {
	conn      *Conn
	parent    *Tx          // nil for the transaction itself
	savepoint string       // "" for the transaction itself
	saved     atomic.Int64 // savepoints that were set; counted in the transaction itself
	done      atomic.Bool
}

// Begin begins a transaction. BEGIN itself costs no exchange: it travels with
// the first statement, and a transaction without any costs nothing. (COPY and
// scripts cannot take it along: before them it costs one.)
func (c *Conn) Begin(ctx context.Context, options TxOptions) (*Tx, error) {
	sql, err := options.sql()
	if err != nil {
		return nil, err
	}
	if err := c.enter(ctx, "begin"); err != nil {
		return nil, err
	}
	defer c.leave()
	if c.inTx() {
		return nil, errors.New("begin: the connection is in a transaction already")
	}
	c.begin, c.tx = sql, &Tx{conn: c}
	return c.tx, nil
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
	defer t.abandon(ctx) // f failed or panicked, or COMMIT failed
	if err = f(t); err != nil {
		return err
	}
	if err = t.Commit(ctx); errors.Is(err, ErrTxDone) {
		return nil // f did it
	}
	return err
}

// abandon rolls the transaction back if it is not over, within the time that is
// granted for such things. If that fails the connection is closed, and the
// server does it.
func (t *Tx) abandon(ctx context.Context) {
	if t.over() {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), t.conn.config.rollbackTimeout())
	defer stop()
	if err := t.Rollback(ctx); err != nil && !errors.Is(err, ErrTxDone) {
		_ = t.conn.Close()
	}
}

// over reports whether the transaction, or one around it, was ended.
func (t *Tx) over() bool {
	return t.done.Load() || t.parent != nil && t.parent.over()
}

// root returns the transaction that a savepoint is in.
func (t *Tx) root() *Tx {
	for t.parent != nil {
		t = t.parent
	}
	return t
}

// enter makes the connection busy, if it is in the transaction.
func (t *Tx) enter(ctx context.Context, what string) error {
	if t.over() {
		return fmt.Errorf("%s: %w", what, ErrTxDone)
	}
	c := t.conn
	if err := c.enter(ctx, what); err != nil {
		return err
	}
	if c.tx != t.root() || !c.inTx() {
		c.leave()
		return fmt.Errorf("%s: %w", what, ErrTxLost)
	}
	return nil
}

// Exec is [Conn.Exec] within the transaction.
func (t *Tx) Exec(ctx context.Context, sql string, args ...any) (Tag, error) {
	return t.collect(ctx, sql, args, nil)
}

// Query is [Conn.Query] within the transaction.
func (t *Tx) Query(ctx context.Context, sql string, args ...any) *Rows {
	return t.query(newRows(ctx, t.conn, sql), sql, args)
}

func (t *Tx) query(r *Rows, sql string, args []any) *Rows {
	ctx := r.ctx
	if err := t.enter(ctx, "query"); err != nil {
		return r.refuse(err)
	}
	r.start(t.conn.cache.get(sql), args)
	return r
}

// control runs a statement that governs the transaction, and returns its tag and
// the status behind it. It is unnamed, so that it works also when the server has
// lost the statements it had prepared.
func (t *Tx) control(ctx context.Context, what, sql string) (Tag, wire.TxStatus, error) {
	if err := t.enter(ctx, what); err != nil {
		return Tag{}, wire.TxActive, err
	}
	c := t.conn
	defer c.leave()
	c.line.Watch(ctx)
	o := &op{name: what, sql: sql, index: -1}
	err := c.dispatch(o, o, func() error {
		if err := c.addUnnamed(o); err != nil {
			return err
		}
		return c.addSync(o)
	})
	if err == nil {
		err = c.finish(ctx, o, c.take)
	}
	if err == nil && o.err != nil {
		err = o.err
	}
	c.traceOutcome(o.tag, err)
	return o.tag, c.status, err
}

// Conn returns the transaction's connection, for what Tx has no method for:
// COPY, batches, scripts, prepared statements.
func (t *Tx) Conn() *Conn { return t.conn }

// Commit ends the transaction and keeps what it did; for a savepoint it only
// ends the savepoint. A transaction in which a statement has failed cannot be
// committed: the server rolls it back, and Commit returns [ErrRolledBack].
// When Commit fails and the transaction goes on, it can still be rolled back.
func (t *Tx) Commit(ctx context.Context) error {
	if t.parent != nil {
		_, err := t.end(ctx, "commit", "release savepoint "+t.savepoint)
		return err
	}
	tag, err := t.end(ctx, "commit", "commit")
	if err == nil && tag.String() == "ROLLBACK" {
		return ErrRolledBack
	}
	return err
}

// Rollback ends the transaction and undoes what it did; for a savepoint it
// undoes what was done since. A transaction that the connection is no longer in
// needs none.
func (t *Tx) Rollback(ctx context.Context) error {
	var err error
	if t.parent != nil {
		err = t.rollbackTo(ctx)
	} else {
		_, err = t.end(ctx, "rollback", "rollback")
	}
	if errors.Is(err, ErrTxLost) {
		t.done.Store(true)
		return nil
	}
	return err
}

// end runs the statement that ends the transaction or savepoint. One whose BEGIN
// was never sent ends without.
func (t *Tx) end(ctx context.Context, what, sql string) (Tag, error) {
	if t.unbegun() {
		return Tag{}, nil
	}
	tag, status, err := t.control(ctx, what, sql)
	if err == nil || t.parent == nil && status == wire.TxIdle {
		t.done.Store(true)
	}
	return tag, err
}

// unbegun takes back a BEGIN that was not sent, and reports whether there was
// one.
func (t *Tx) unbegun() bool {
	c := t.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.parent != nil || t.done.Load() || c.busy != "" || c.tx != t || c.begin == "" {
		return false
	}
	c.begin, c.tx = "", nil
	t.done.Store(true)
	return true
}

// rollbackTo undoes a savepoint and removes it.
func (t *Tx) rollbackTo(ctx context.Context) error {
	if err := t.enter(ctx, "rollback"); err != nil {
		return err
	}
	defer t.conn.leave()
	o := &op{name: "rollback", index: -1, sql: "rollback to savepoint " + t.savepoint + "; release savepoint " + t.savepoint}
	err := t.conn.runSimple(ctx, o, t.conn.take)
	if err == nil {
		t.done.Store(true)
	}
	return err
}

// Begin sets a savepoint.
func (t *Tx) Begin(ctx context.Context) (*Tx, error) {
	s := &Tx{conn: t.conn, parent: t, savepoint: fmt.Sprintf("parley_%d", t.root().saved.Add(1))}
	if _, _, err := t.control(ctx, "savepoint", "savepoint "+s.savepoint); err != nil {
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
