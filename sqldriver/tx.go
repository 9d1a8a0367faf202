package sqldriver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

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
	own, err := conn.Begin(ctx, parley.TxOptions{Isolation: level, ReadOnly: options.ReadOnly})
	if err != nil {
		return nil, c.lost(err)
	}
	c.tx = own
	return &tx{c, own, ctx}, nil
}

// Begin is BeginTx without a context and options.
func (c *Conn) Begin() (driver.Tx, error) {
	return c.BeginTx(noContext(), driver.TxOptions{})
}

// tx is a transaction. It ends without a context of its own: its COMMIT has that
// of its BEGIN, and its ROLLBACK, which database/sql asks for when that one has
// ended, has some time.
type tx struct {
	c   *Conn
	tx  *parley.Tx
	ctx context.Context
}

// rollbackTime is how long a server may take for a ROLLBACK. Then its connection
// is closed, which has the same effect.
const rollbackTime = 5 * time.Second

// Commit ends the transaction and keeps what it did.
func (t *tx) Commit() error {
	t.leave()
	return t.tx.Commit(t.ctx)
}

// Rollback ends the transaction and undoes what it did.
func (t *tx) Rollback() error {
	t.leave()
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.ctx), rollbackTime)
	defer stop()
	err := t.tx.Rollback(ctx)
	if err != nil && ctx.Err() != nil {
		_ = t.tx.Conn().Close()
	}
	return err
}

// leave lets the statements that follow run outside of the transaction.
func (t *tx) leave() {
	if t.c.tx == t.tx {
		t.c.tx = nil
	}
}
