// Package telemetry tells OpenTelemetry what Parley does: a span and a measurement
// for each request, and what the connections of a DB are at.
//
//	options := telemetry.Options{Attributes: []attribute.KeyValue{semconv.ServerAddress("db.example.org")}}
//	trace, err := telemetry.Trace(options)
//	…
//	db, err := parley.OpenConfig(ctx, parley.Config{ConnString: dsn, Trace: trace})
//	…
//	watched, err := telemetry.Watch(db, options)
//
// Names are those of OpenTelemetry's semantic conventions for databases, where
// there is one; names that begin with "parley." are Parley's own. The values of
// parameters are not told. What is told of an error is its SQLSTATE and the
// server's message, which may name a value; its detail, which often does, is not.
package telemetry

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Options say whom to tell and what. The zero value is usable.
type Options struct {
	// Tracers makes the tracer. nil: OpenTelemetry's global provider.
	Tracers trace.TracerProvider

	// Meters makes the meter. nil: OpenTelemetry's global provider.
	Meters metric.MeterProvider

	// Attributes are those of every span and measurement, beside
	// db.system.name=postgresql: server.address, server.port and db.namespace,
	// which Parley leaves to the program, as there may be several servers.
	Attributes []attribute.KeyValue

	// NoSQL leaves db.query.text out, where statements hold secrets.
	NoSQL bool

	// Pool is the db.client.connection.pool.name of measurements; needed where
	// a program has several DBs. "": "parley".
	Pool string
}

// scope is the name of this instrumentation.
const scope = "parley/compat/telemetry"

func (o *Options) tracer() trace.Tracer {
	p := o.Tracers
	if p == nil {
		p = otel.GetTracerProvider()
	}
	return p.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
}

func (o *Options) meter() metric.Meter {
	p := o.Meters
	if p == nil {
		p = otel.GetMeterProvider()
	}
	return p.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
}

// common returns the attributes of everything, with room for more.
func (o *Options) common(more ...attribute.KeyValue) []attribute.KeyValue {
	all := append([]attribute.KeyValue{semconv.DBSystemNamePostgreSQL}, o.Attributes...)
	return append(all, more...)
}

func (o *Options) pool() attribute.KeyValue {
	if o.Pool == "" {
		return semconv.DBClientConnectionPoolName("parley")
	}
	return semconv.DBClientConnectionPoolName(o.Pool)
}
