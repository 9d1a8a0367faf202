package telemetry

import (
	"context"
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"parley"
)

// measures are what is observed beside db.client.connection.count: counters, which
// only grow, and gauges.
var measures = []struct {
	name, unit, what string
	grows            bool
	of               func(*parley.Stats) int64
}{
	{"db.client.connection.pending_requests", "{request}", "The number of callers that wait for a connection.", false,
		func(s *parley.Stats) int64 { return int64(s.Waiting) }},
	{"parley.lanes", "{connection}", "The number of connections that callers share.", false,
		func(s *parley.Stats) int64 { return int64(s.Lanes) }},
	{"parley.lanes.load", "{request}", "The number of calls that wait for lanes or are on their way.", false,
		func(s *parley.Stats) int64 { return int64(s.LanesLoad) }},
	{"parley.lanes.calls", "{request}", "The number of calls on lanes.", true,
		func(s *parley.Stats) int64 { return s.Group.Sum }},
	{"parley.lanes.syncs", "{sync}", "The number of groups in which they shared a Sync.", true,
		func(s *parley.Stats) int64 { return s.Group.Count }},
	{"parley.lanes.retries", "{request}", "The number of calls that ran again, as another of their group had failed.", true,
		func(s *parley.Stats) int64 { return s.Retries }},
	{"parley.connections.opened", "{connection}", "The number of connections made.", true,
		func(s *parley.Stats) int64 { return s.Opened + s.LanesOpened }},
	{"parley.connections.lost", "{connection}", "The number of connections lost, or given up as stalled.", true,
		func(s *parley.Stats) int64 { return s.Dropped + s.Stalls }},
}

// Watch has the connections of a DB measured whenever measurements are collected:
// db.client.connection.count by state, db.client.connection.pending_requests, and
// under parley.* what there is of lanes and of connections made and lost. It ends
// when the registration that it returns is unregistered.
func Watch(db *parley.DB, options Options) (metric.Registration, error) {
	w := &watch{db: db, common: attribute.NewSet(options.common(options.pool())...)}
	w.idle = attribute.NewSet(options.common(options.pool(), semconv.DBClientConnectionStateIdle)...)
	w.used = attribute.NewSet(options.common(options.pool(), semconv.DBClientConnectionStateUsed)...)
	meter := options.meter()
	count, err := meter.Int64ObservableUpDownCounter("db.client.connection.count", metric.WithUnit("{connection}"),
		metric.WithDescription("The number of connections that serve one caller at a time, by state."))
	w.count = count
	all := []metric.Observable{count}
	for _, m := range measures {
		var by metric.Int64Observable
		var failed error
		if m.grows {
			by, failed = meter.Int64ObservableCounter(m.name, metric.WithUnit(m.unit), metric.WithDescription(m.what))
		} else {
			by, failed = meter.Int64ObservableUpDownCounter(m.name, metric.WithUnit(m.unit), metric.WithDescription(m.what))
		}
		err = errors.Join(err, failed)
		w.by = append(w.by, by)
		all = append(all, by)
	}
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return meter.RegisterCallback(w.observe, all...)
}

// watch observes a DB. It is immutable.
type watch struct {
	db                 *parley.DB
	common, idle, used attribute.Set
	count              metric.Int64Observable
	by                 []metric.Int64Observable // of measures
}

func (w *watch) observe(_ context.Context, o metric.Observer) error {
	s := w.db.Stats()
	o.ObserveInt64(w.count, int64(s.Idle), metric.WithAttributeSet(w.idle))
	o.ObserveInt64(w.count, int64(s.Conns-s.Idle), metric.WithAttributeSet(w.used))
	for i, m := range measures {
		o.ObserveInt64(w.by[i], m.of(&s), metric.WithAttributeSet(w.common))
	}
	return nil
}
