package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// copyIn is a COPY into a table.
type copyIn struct{ env *env }

var sixColumns = []string{"id", "name", "created", "score", "active", "rank"}

const copyInSQL = "copy arrivals (id, name, created, score, active, rank) from stdin binary"

// Info describes it.
func (w copyIn) Info() harness.Info {
	return harness.Info{
		Name: "copyin",
		What: "COPY of 1,000,000 structs of six columns into an empty table, with fsync on",
		Unit: "row",
		Main: harness.CPU,
		Goals: []harness.Goal{
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.5},
			{Metric: harness.CPU, Against: "floor", AtMost: 1.2},
		},
	}
}

// Cases returns the only one.
func (w copyIn) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the writers.
func (w copyIn) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.contestant("floor", w.openFloor),
		w.contestant("parley", openParleyCopyIn),
		w.contestant("pgx", openPgxCopyIn),
	}
}

// writeSix copies rows into the table "arrivals".
type writeSix func(ctx context.Context, rows []six) error

func (w copyIn) contestant(name string, open opener[writeSix]) harness.Contestant {
	return harness.Contestant{Name: name, Open: w.env.reach(func(ctx context.Context, t target) (*trial, error) {
		write, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		rows := sixes(million)
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			n := m.Scale(len(rows))
			if err := w.empty(ctx); err != nil {
				return err
			}
			if err := m.Once(n, func() error { return write(ctx, rows[:n]) }); err != nil {
				return err
			}
			return w.check(ctx, n)
		}, close}, nil
	})}
}

func (w copyIn) empty(ctx context.Context) error {
	return w.env.exec(ctx, "drop table if exists arrivals; create table arrivals"+
		" (id int8, name text, created timestamptz, score float8, active bool, rank int4); checkpoint")
}

// check has the server find out whether all rows are there.
func (w copyIn) check(ctx context.Context, n int) error {
	c, err := w.env.floor(ctx, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	got := int64(0)
	request := floor.AppendParse(nil, "", "select sum(id)::int8 from arrivals where name = 'the name of ' || id and score = id / 4.0::float8")
	request = floor.AppendSync(floor.AppendExecute(floor.AppendBind(request, "", 1)))
	if err := c.Rows(request, func(row []byte) { got = floor.Int8(row) }); err != nil {
		return err
	}
	if want := int64(n) * int64(n+1) / 2; got != want {
		return fmt.Errorf("the ids of the rows in the table add up to %d instead of %d", got, want)
	}
	return nil
}

// sixes makes rows like those of the table "million".
func sixes(n int) []six {
	rows := make([]six, n)
	created := time.Date(2020, 1, 1, 0, 0, 0, 123456000, time.UTC)
	for i := range rows {
		id := int64(i + 1)
		rows[i] = six{ID: id, Name: "the name of " + strconv.FormatInt(id, 10), Created: created.Add(time.Duration(id) * time.Minute),
			Score: float64(id) / 4, Active: id%3 == 0, Rank: int32(id % 1000)}
	}
	return rows
}

func (w copyIn) openFloor(ctx context.Context, t target) (writeSix, func(), error) {
	c, err := w.env.floor(ctx, t.dial)
	if err != nil {
		return nil, nil, err
	}
	return func(_ context.Context, rows []six) error { return c.CopyIn(copyInSQL, rows) }, c.Close, nil
}

func openPgxCopyIn(ctx context.Context, t target) (writeSix, func(), error) {
	c, close, err := pgxConnect(ctx, t)
	return func(ctx context.Context, rows []six) error {
		_, err := c.CopyFrom(ctx, pgx.Identifier{"arrivals"}, sixColumns, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
			r := &rows[i]
			return []any{r.ID, r.Name, r.Created, r.Score, r.Active, r.Rank}, nil
		}))
		return err
	}, close, err
}
