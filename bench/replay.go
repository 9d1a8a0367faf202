package main

import (
	"context"
	"net"
	"path/filepath"

	"parley/bench/internal/canned"
	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
)

// replay is "scan" without a server that has to work for it: a recording of
// replayRows rows is played again and again.
type replay struct {
	env    *env
	server *canned.Server
	dsn    string
}

const replayRows = 10_000

// Info describes it.
func (w *replay) Info() harness.Info {
	return harness.Info{
		Name:  "replay",
		What:  "1,000,000 rows of six columns into variables, from a server in this process that plays recorded bytes (its CPU time is in the figures)",
		Unit:  "row",
		Main:  harness.Throughput,
		Goals: []harness.Goal{{Metric: harness.Throughput, Against: "pgx", AtLeast: 2.5}},
	}
}

// Cases returns the only one.
func (w *replay) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the readers.
func (w *replay) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.contestant("floor", w.openFloor),
		w.contestant("parley", intoVariables(openParleyScan)),
		w.contestant("pgx", intoVariables(openPgxScan)),
	}
}

// start records the rows and plays them.
func (w *replay) start(ctx context.Context) error {
	if w.server != nil {
		return nil
	}
	if err := w.env.wantMillion(ctx); err != nil {
		return err
	}
	c, err := w.env.floor(ctx, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	recording, err := canned.Record(ctx, c, sixSQL(replayRows))
	if err != nil {
		return err
	}
	socket := filepath.Join(w.env.dir, ".s.PGSQL.1")
	l, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	w.server, w.dsn = canned.Listen(l, recording), socketDSN(socket)
	w.env.closers = append(w.env.closers, w.server.Close)
	return nil
}

func (w *replay) contestant(name string, open opener[readSix]) harness.Contestant {
	return harness.Contestant{Name: name, Open: func(ctx context.Context, dial harness.Dial) (harness.Trial, error) {
		if err := w.start(ctx); err != nil {
			return nil, err
		}
		read, close, err := open(ctx, target{w.dsn, dial})
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			times := m.Scale(million / replayRows)
			rows := times * replayRows
			return m.Once(rows, func() error { return complete(read(ctx, canned.SQL(times)))(rows) })
		}, close}, nil
	}}
}

func (w *replay) openFloor(ctx context.Context, t target) (readSix, func(), error) {
	c, err := floor.Connect(ctx, t.dial, "unix", filepath.Join(w.env.dir, ".s.PGSQL.1"), "postgres", "postgres")
	if err != nil {
		return nil, nil, err
	}
	return func(_ context.Context, sql string) (int, six, error) {
		request := floor.AppendBind(floor.AppendParse(nil, "", sql), "", 1)
		return floorIntoVariables(c, floor.AppendSync(floor.AppendExecute(request)))
	}, c.Close, nil
}
