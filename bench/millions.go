package main

import (
	"context"
	"fmt"

	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// six is a row of the table "million".
type six = floor.Six

const million = 1_000_000

func (e *env) wantMillion(ctx context.Context) error {
	return e.want(ctx, "million", fmt.Sprintf(
		"create unlogged table million as select g::int8 as id, 'the name of ' || g as name,"+
			" timestamptz '2020-01-01 00:00:00.123456+00' + g * interval '1 minute' as created, g * 0.25::float8 as score, g %% 3 = 0 as active, (g %% 1000)::int4 as rank"+
			" from generate_series(1, %d) g", million))
}

// sixSQL selects rows of the table.
func sixSQL(limit int) string {
	return fmt.Sprintf("select id, name, created, score, active, rank from million limit %d", limit)
}

// reader is a contestant that reads rows of the table at one go, with what open
// returns.
func (e *env) reader(name string, rows int, open opener[readSix]) harness.Contestant {
	return harness.Contestant{Name: name, Open: e.reach(func(ctx context.Context, t target) (*trial, error) {
		if err := e.wantMillion(ctx); err != nil {
			return nil, err
		}
		read, close, err := open(ctx, t)
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			n := m.Scale(rows)
			return m.Once(n, func() error { return complete(read(ctx, sixSQL(n)))(n) })
		}, close}, nil
	})}
}

// readSix runs a statement, reads its rows, and returns how many there were and
// the last of them.
type readSix func(ctx context.Context, sql string) (rows int, last six, err error)

// complete checks what a readSix returned.
func complete(rows int, last six, err error) func(want int) error {
	return func(want int) error {
		switch {
		case err != nil:
			return err
		case rows != want:
			return fmt.Errorf("%d rows instead of %d", rows, want)
		case last.ID == 0 || last.Name != fmt.Sprintf("the name of %d", last.ID) || last.Score != float64(last.ID)/4 ||
			last.Active != (last.ID%3 == 0) || int64(last.Rank) != last.ID%1000 || last.Created.Nanosecond() != 123456000:
			return fmt.Errorf("the last row is %v", last)
		}
		return nil
	}
}

// intoVariables reads the rows with a scan.
func intoVariables(open opener[scan]) opener[readSix] {
	return func(ctx context.Context, t target) (readSix, func(), error) {
		scan, close, err := open(ctx, t)
		return func(ctx context.Context, sql string) (rows int, last six, err error) {
			rows, err = scan(ctx, sql, &last.ID, &last.Name, &last.Created, &last.Score, &last.Active, &last.Rank)
			return rows, last, err
		}, close, err
	}
}

// intoStructs reads the rows with what makes a slice of structs.
func intoStructs(open opener[func(ctx context.Context, sql string) ([]six, error)]) opener[readSix] {
	return func(ctx context.Context, t target) (readSix, func(), error) {
		all, close, err := open(ctx, t)
		return func(ctx context.Context, sql string) (int, six, error) {
			rows, err := all(ctx, sql)
			if err != nil || len(rows) == 0 {
				return 0, six{}, err
			}
			return len(rows), rows[len(rows)-1], nil
		}, close, err
	}
}

// floorSix runs a statement and calls a function with each row's bytes.
func (e *env) openFloorSix(each func(c *floor.Conn, request []byte) (int, six, error)) opener[readSix] {
	return func(ctx context.Context, t target) (readSix, func(), error) {
		c, err := e.floor(ctx, t.dial)
		if err != nil {
			return nil, nil, err
		}
		return func(_ context.Context, sql string) (int, six, error) {
			request := floor.AppendBind(floor.AppendParse(nil, "", sql), "", 1)
			return each(c, floor.AppendSync(floor.AppendExecute(request)))
		}, c.Close, nil
	}
}
