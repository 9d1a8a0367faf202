package sqldriver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"parley"
)

// isolations are the levels that PostgreSQL has. What other systems call
// snapshot isolation is its repeatable read.
var isolations = map[sql.IsolationLevel]parley.Isolation{
	sql.LevelDefault:         "",
	sql.LevelReadUncommitted: parley.ReadUncommitted,
	sql.LevelReadCommitted:   parley.ReadCommitted,
	sql.LevelRepeatableRead:  parley.RepeatableRead,
	sql.LevelSnapshot:        parley.RepeatableRead,
	sql.LevelSerializable:    parley.Serializable,
}

// BeginTx begins a transaction. BEGIN travels with its first statement.
func (c *Conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	level, ok := isolations[sql.IsolationLevel(options.Isolation)]
	if !ok {
		return nil, fmt.Errorf("begin: PostgreSQL has no isolation level %q", sql.IsolationLevel(options.Isolation))
	}
	conn, err := c.Parley(ctx)
	if err != nil {
		return nil, err
	}
	c.tx, err = conn.Begin(ctx, parley.TxOptions{Isolation: level, ReadOnly: options.ReadOnly})
	if err != nil {
		return nil, c.lost(err)
	}
	return &tx{c, c.tx, context.WithoutCancel(ctx)}, nil
}

// Begin is BeginTx without a context and options.
func (c *Conn) Begin() (driver.Tx, error) {
	return c.BeginTx(noContext(), driver.TxOptions{})
}

// tx is a transaction. database/sql passes no context when it ends, and ends it
// when the one that it began with does.
type tx struct {
	c   *Conn
	tx  *parley.Tx
	ctx context.Context
}

// Commit ends the transaction and keeps what it did.
func (t *tx) Commit() error { return t.end(t.tx.Commit) }

// Rollback ends the transaction and undoes what it did.
func (t *tx) Rollback() error { return t.end(t.tx.Rollback) }

func (t *tx) end(how func(context.Context) error) error {
	if t.c.tx == t.tx {
		t.c.tx = nil
	}
	return how(t.ctx)
}
