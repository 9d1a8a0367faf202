package main

import (
	"context"

	"parley/bench/internal/harness"
)

// target is a server and how to reach it.
type target struct {
	dsn  string
	dial harness.Dial // nil: as the driver does
}

// reach gives an opener of trials a target on the env's server.
func (e *env) reach(open func(context.Context, target) (*trial, error)) func(context.Context, harness.Dial) (harness.Trial, error) {
	return func(ctx context.Context, dial harness.Dial) (harness.Trial, error) {
		dsn, err := e.dsn(ctx)
		if err != nil {
			return nil, err
		}
		return opened(open(ctx, target{dsn, dial}))
	}
}

// opened keeps a nil trial from becoming an interface that is not nil.
func opened(t *trial, err error) (harness.Trial, error) {
	if err != nil {
		return nil, err
	}
	return t, nil
}

// trial is a contestant that is ready.
type trial struct {
	run   func(ctx context.Context, m *harness.Meter) error
	close func()
}

// Run does one repetition.
func (t *trial) Run(ctx context.Context, m *harness.Meter) error { return t.run(ctx, m) }

// Close ends what was opened.
func (t *trial) Close() { t.close() }

// absent is a contestant that cannot take part yet.
func absent(name, why string) harness.Contestant {
	return harness.Contestant{Name: name, Absent: why}
}

// What several workloads want of a contestant.
type (
	// point selects one value by its key.
	point func(ctx context.Context, id int32) (int64, error)
	// scan reads a statement's rows into variables, and returns how many.
	scan func(ctx context.Context, sql string, variables ...any) (int, error)
	// opener connects; close ends the connection.
	opener[T any] func(ctx context.Context, t target) (do T, close func(), err error)
)

// ids are keys in no order that repeats soon.
type ids uint64

// next returns a key from 1 to n.
func (i *ids) next(n int) int32 {
	*i = *i*6364136223846793005 + 1442695040888963407
	return int32(uint64(*i>>33)%uint64(n)) + 1
}
