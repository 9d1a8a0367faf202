package main

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// copyOut is a COPY out of a table.
type copyOut struct{ env *env }

func copyOutSQL(sql string) string { return "copy (" + sql + ") to stdout binary" }

// Info describes it.
func (w copyOut) Info() harness.Info {
	return harness.Info{
		Name: "copyout",
		What: "COPY of 1,000,000 rows of six columns to structs, one after the other; pgx has no such thing: the best of CopyTo with pgtype's scan plans, and of ForEachRow of a SELECT",
		Unit: "row",
		Main: harness.CPU,
		Goals: []harness.Goal{
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.5},
		},
	}
}

// Cases returns the only one.
func (w copyOut) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the readers.
func (w copyOut) Contestants(harness.Case) []harness.Contestant {
	e := w.env
	plans := e.reader("pgx", million, openPgxCopyOut)
	plans.Params = harness.Params{"how": "copy"}
	rows := e.reader("pgx", million, intoVariables(openPgxScan))
	rows.Params = harness.Params{"how": "select"}
	return []harness.Contestant{
		e.reader("floor", million, w.openFloor),
		e.reader("parley", million, openParleyCopyOut),
		plans,
		rows,
	}
}

func (w copyOut) openFloor(ctx context.Context, t target) (readSix, func(), error) {
	c, err := w.env.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	return func(_ context.Context, sql string) (n int, last six, err error) {
		var names floor.Strings
		err = c.CopyOut(copyOutSQL(sql), func(row []byte) {
			last.DecodeShared(row, &names)
			n++
		})
		return n, last, err
	}, c.Close, nil
}

func openPgxCopyOut(ctx context.Context, t target) (readSix, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, sql string) (int, six, error) {
		w := newPgxRows(c)
		_, err := c.PgConn().CopyTo(ctx, w, copyOutSQL(sql))
		return w.n, w.row, err
	}, close, err
}

// pgxRows is an io.Writer that reads a binary COPY with pgtype's scan plans. It
// relies on PostgreSQL's habit of sending each row in a message of its own.
type pgxRows struct {
	n       int
	row     six
	targets [6]any
	plans   [6]pgtype.ScanPlan
	begun   bool
}

func newPgxRows(c *pgx.Conn) *pgxRows {
	r := &pgxRows{}
	r.targets = [6]any{&r.row.ID, &r.row.Name, &r.row.Created, &r.row.Score, &r.row.Active, &r.row.Rank}
	for i, oid := range []uint32{pgtype.Int8OID, pgtype.TextOID, pgtype.TimestamptzOID, pgtype.Float8OID, pgtype.BoolOID, pgtype.Int4OID} {
		r.plans[i] = c.TypeMap().PlanScan(oid, pgtype.BinaryFormatCode, r.targets[i])
	}
	return r
}

// Write takes a row.
func (r *pgxRows) Write(b []byte) (int, error) {
	size := len(b)
	if !r.begun {
		b = b[floor.CopyHeaderSize:]
		r.begun = true
	}
	if len(b) <= 2 {
		return size, nil
	}
	if n := binary.BigEndian.Uint16(b); n != 6 {
		return 0, fmt.Errorf("a row of %d columns", n)
	}
	b = b[2:]
	for i, plan := range r.plans {
		n := binary.BigEndian.Uint32(b)
		if err := plan.Scan(b[4:4+n], r.targets[i]); err != nil {
			return 0, err
		}
		b = b[4+n:]
	}
	r.n++
	return size, nil
}
