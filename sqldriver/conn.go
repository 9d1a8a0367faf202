package sqldriver

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"

	"parley"
)

// Conn is a connection of database/sql, as the function that is given to
// [sql.Conn.Raw] gets it. Like all such connections it is used by one goroutine
// at a time.
type Conn struct {
	db    *parley.DB
	texts *statements
	only  *Connector // whose only connection it is; nil for most

	own       *parley.DBConn // nil while it needs no session
	tx        *parley.Tx     // nil while there is none
	elsewhere bool           // it wrote last when it had no session
}

// Parley returns the connection to the server, for what database/sql has no
// methods for: COPY, batches, notifications. It may be used while the function
// runs that was given to [sql.Conn.Raw]; the *sql.Conn keeps its session until it
// is closed.
func (c *Conn) Parley(ctx context.Context) (*parley.Conn, error) {
	if c.own == nil {
		own, err := c.db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		c.own = own
	}
	return c.own.Conn, nil
}

// Ping asks the server for a sign of life.
func (c *Conn) Ping(ctx context.Context) error {
	_, err := c.exec(ctx, "select", nil)
	return err
}

// PrepareContext has the server describe a statement. What the DB knows already
// costs no exchange.
func (c *Conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	describe := c.db.Describe
	if c.own != nil {
		describe = c.own.Describe
	}
	params, _, err := describe(ctx, query)
	if err != nil {
		return nil, c.lost(err)
	}
	return &stmt{c, query, len(params)}, nil
}

// Prepare is PrepareContext without a context.
func (c *Conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(noContext(), query)
}

// ExecContext runs a statement, or several if there are no arguments, and drops
// the rows.
func (c *Conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.exec(ctx, query, args)
}

func (c *Conn) exec(ctx context.Context, query string, args []driver.NamedValue) (result, error) {
	how, err := c.look(query)
	if err != nil {
		return result{}, err
	}
	if how.several && len(args) == 0 {
		results, err := c.script(ctx, query)
		return lastOf(results), err
	}
	var tag parley.Tag
	if c.own == nil && how.shared {
		tag, err = c.db.Exec(ctx, query, values(args)...)
	} else if _, err = c.Parley(ctx); err == nil {
		if c.tx != nil {
			tag, err = c.tx.Exec(ctx, query, values(args)...)
		} else {
			tag, err = c.own.Exec(ctx, query, values(args)...)
		}
	}
	return result(tag), c.lost(err)
}

// QueryContext runs a statement, or several if there are no arguments, and
// returns the rows.
func (c *Conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	how, err := c.look(query)
	if err != nil {
		return nil, err
	}
	if how.several && len(args) == 0 {
		results, err := c.script(ctx, query)
		if err != nil {
			return nil, err
		}
		return newResultRows(results), nil
	}
	var r *parley.Rows
	if c.own == nil && how.shared {
		r = c.db.Fetch(ctx, query, values(args)...)
	} else if _, err := c.Parley(ctx); err != nil {
		return nil, err
	} else if c.tx != nil {
		r = c.tx.Query(ctx, query, values(args)...)
	} else {
		r = c.own.Query(ctx, query, values(args)...)
	}
	rows, err := newRows(r)
	if err != nil {
		return nil, c.lost(err)
	}
	return rows, nil
}

// look returns how a text is run. One that asks what the session did before is
// refused when that was done elsewhere: it would be told of somebody else.
func (c *Conn) look(query string) (how, error) {
	h := c.texts.look(query)
	if h.past && !h.several && (c.own == nil || c.elsewhere) {
		return h, errPast
	}
	if h.writes {
		c.elsewhere = c.own == nil
	}
	return h, nil
}

var errPast = errors.New("lastval and currval know what their own session did, and a statement without a transaction has a session to itself; " +
	"use INSERT … RETURNING, or a transaction")

func (c *Conn) script(ctx context.Context, query string) ([]parley.Result, error) {
	conn, err := c.Parley(ctx)
	if err != nil {
		return nil, err
	}
	results, err := conn.Script(ctx, query)
	return results, c.lost(err)
}

// lost makes an error driver.ErrBadConn when nothing was sent because the
// connection is gone, and no transaction is gone with it: database/sql then tries
// another.
func (c *Conn) lost(err error) error {
	e, ok := errors.AsType[*parley.OpError](err)
	if ok && !e.Sent && c.own != nil && c.tx == nil && !c.own.Alive() {
		return fmt.Errorf("%w: %w", driver.ErrBadConn, err)
	}
	return err
}

// values returns the arguments as Parley takes them.
func values(args []driver.NamedValue) []any {
	if len(args) == 0 {
		return nil
	}
	all := make([]any, len(args))
	for i, a := range args {
		all[i] = a.Value
	}
	return all
}

// CheckNamedValue leaves arguments as they are: what Parley cannot send, it
// refuses. Only a nil pointer that is asked for its Value everywhere else is asked
// here too, as Parley would send NULL.
func (c *Conn) CheckNamedValue(v *driver.NamedValue) error {
	if v.Name != "" {
		return fmt.Errorf("argument %d has the name %q, but PostgreSQL's parameters have numbers: $1, $2", v.Ordinal, v.Name)
	}
	if _, ok := v.Value.(sql.Out); ok {
		return fmt.Errorf("argument %d is an sql.Out; what a procedure returns is a row of its CALL", v.Ordinal)
	}
	if p := reflect.ValueOf(v.Value); p.Kind() == reflect.Pointer && p.IsNil() && !p.Type().Elem().Implements(typeValuer) {
		if held, ok := v.Value.(driver.Valuer); ok {
			var err error
			v.Value, err = held.Value()
			return err
		}
	}
	return nil
}

var typeValuer = reflect.TypeFor[driver.Valuer]()

// ResetSession does nothing: a connection in database/sql's pool has no session.
func (c *Conn) ResetSession(context.Context) error { return nil }

// IsValid is called when the connection goes back to database/sql's pool. It
// gives up the session.
func (c *Conn) IsValid() bool {
	c.release()
	return true
}

func (c *Conn) release() {
	if c.own != nil {
		_ = c.own.Close()
	}
	c.own, c.tx, c.elsewhere = nil, nil, false
}

// Close gives up the session.
func (c *Conn) Close() error {
	c.release()
	if c.only != nil {
		return c.only.Close()
	}
	return nil
}
