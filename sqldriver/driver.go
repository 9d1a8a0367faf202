package sqldriver

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"parley"
)

func init() { sql.Register("parley", Driver{}) }

// Driver is the driver that is registered as "parley".
type Driver struct{}

// Open opens a database and returns its only connection. database/sql calls
// OpenConnector instead.
func (d Driver) Open(connString string) (driver.Conn, error) {
	c := NewConnector(parley.Config{ConnString: connString})
	dc, err := c.Connect(noContext())
	if err != nil {
		return nil, err
	}
	dc.(*Conn).only = c
	return dc, nil
}

// OpenConnector returns what opens the database when it is first used.
func (d Driver) OpenConnector(connString string) (driver.Connector, error) {
	return NewConnector(parley.Config{ConnString: connString}), nil
}

// Connector opens the connections of one database. It is safe for concurrent
// use.
type Connector struct {
	config parley.Config
	ours   bool        // the database is opened, and closed, here
	texts  *statements // what is known of them

	turn chan struct{} // holds an element while somebody looks at the following
	db   *parley.DB    // nil until it is needed
	done bool
}

// NewConnector returns a connector for [sql.OpenDB]. The database is opened when
// it is first used, and closed with the *sql.DB.
func NewConnector(config parley.Config) *Connector {
	return &Connector{config: config, ours: true, texts: &statements{}, turn: make(chan struct{}, 1)}
}

// OpenDB returns an *sql.DB on top of a DB, which stays open when the *sql.DB is
// closed.
func OpenDB(db *parley.DB) *sql.DB {
	return sql.OpenDB(&Connector{db: db, texts: &statements{}, turn: make(chan struct{}, 1)})
}

// Driver returns the driver.
func (c *Connector) Driver() driver.Driver { return Driver{} }

// Connect returns a connection of database/sql.
func (c *Connector) Connect(ctx context.Context) (driver.Conn, error) {
	db, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	return &Conn{db: db, texts: c.texts}, nil
}

// open opens the database if that has not been done, or has failed before.
func (c *Connector) open(ctx context.Context) (*parley.DB, error) {
	select {
	case c.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-c.turn }()
	if c.done {
		return nil, parley.ErrClosed
	}
	if c.db != nil {
		return c.db, nil
	}
	db, err := parley.OpenConfig(ctx, c.config)
	if err == nil {
		c.db = db
	}
	return db, err
}

// Close closes the database if it was opened here.
func (c *Connector) Close() error {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	c.done = true
	if c.db == nil || !c.ours {
		return nil
	}
	return c.db.Close()
}
