package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/lib/pq"

	"parley/bench/internal/harness"
)

// connect is opening one more connection.
type connect struct{ env *env }

// Info describes it.
func (w connect) Info() harness.Info {
	return harness.Info{
		Name: "connect",
		What: "open and close a connection over TLS with SCRAM-SHA-256 to where one was opened before, the configuration read beforehand",
		Unit: "connection",
		Main: harness.CPU,
		Goals: []harness.Goal{
			{Metric: harness.CPU, Against: "pgx", AtMost: 0.7},
		},
	}
}

// Cases returns the only one.
func (w connect) Cases() []harness.Case { return []harness.Case{{}} }

// Contestants returns the callers.
func (w connect) Contestants(harness.Case) []harness.Contestant {
	return []harness.Contestant{
		w.contestant("parley", openParleyConnect),
		w.contestant("pgx", openPgxConnect),
		w.contestant("pq", openPqConnect),
	}
}

// reconnect opens a connection and closes it.
type reconnect func(ctx context.Context) error

func (w connect) contestant(name string, open func(target) (reconnect, error)) harness.Contestant {
	return harness.Contestant{Name: name, Open: func(ctx context.Context, dial harness.Dial) (harness.Trial, error) {
		dsn, err := w.env.secureDSN(ctx)
		if err != nil {
			return nil, err
		}
		again, err := open(target{dsn, dial})
		if err != nil {
			return nil, err
		}
		return &trial{func(ctx context.Context, m *harness.Meter) error {
			return m.Loop(func() error { return again(ctx) })
		}, func() {}}, nil
	}}
}

func openPgxConnect(t target) (reconnect, error) {
	config, err := pgxConfig(t)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		c, err := pgx.ConnectConfig(ctx, config)
		if err != nil {
			return err
		}
		return c.Close(ctx)
	}, nil
}

func openPqConnect(t target) (reconnect, error) {
	connector, err := pq.NewConnector(t.dsn)
	if err != nil {
		return nil, err
	}
	if t.dial != nil {
		connector.Dialer(pqDialer(t.dial))
	}
	return func(ctx context.Context) error {
		c, err := connector.Connect(ctx)
		if err != nil {
			return err
		}
		return c.Close()
	}, nil
}
