package telemetry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"parley"
	"parley/internal/sqltext"
)

// Trace returns a trace for parley.Config. Use parley.JoinTraces to have another
// beside it.
//
// Each request is a span, a child of the one in the context of the call, and is
// measured in db.client.operation.duration; so is each attempt to connect, in
// db.client.connection.create_time, and each wait for a connection, in
// db.client.connection.wait_time. A request on a lane has parley.lane, and how long
// it stood behind those of others in parley.waited.
func Trace(options Options) (*parley.Trace, error) {
	t := &tracer{options: options, tracer: options.tracer(), common: options.common(), pool: options.common(options.pool())}
	meter := options.meter()
	var errs [3]error
	t.duration, errs[0] = seconds(meter, "db.client.operation.duration", "Duration of requests.")
	t.create, errs[1] = seconds(meter, "db.client.connection.create_time", "The time it took to make a connection.")
	t.wait, errs[2] = seconds(meter, "db.client.connection.wait_time", "The time it took to get a connection from the pool.")
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return &parley.Trace{Connect: t.connect, Request: t.request, Wait: t.waiting}, nil
}

// tracer is what a Trace calls. It is immutable.
type tracer struct {
	options                Options
	tracer                 trace.Tracer
	common, pool           []attribute.KeyValue
	duration, create, wait metric.Float64Histogram
}

// seconds makes a histogram with the bounds that the conventions ask for.
func seconds(meter metric.Meter, name, what string) (metric.Float64Histogram, error) {
	return meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(what),
		metric.WithExplicitBucketBoundaries(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10))
}

func (t *tracer) connect(ctx context.Context) func(parley.TraceConnected) {
	_, span := t.tracer.Start(ctx, "connect", trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(t.common...))
	return func(c parley.TraceConnected) {
		if c.Err == nil {
			span.SetAttributes(attribute.Int64("parley.backend", int64(c.ProcessID)))
		}
		t.create.Record(ctx, c.Duration.Seconds(), metric.WithAttributes(append(slices.Clone(t.pool), failure(c.Err)...)...))
		end(span, c.Err)
	}
}

func (t *tracer) request(ctx context.Context, q parley.TraceRequest) func(parley.TraceReply) {
	name := operation(q)
	op := semconv.DBOperationName(name)
	_, span := t.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(t.common...), trace.WithAttributes(op))
	if span.IsRecording() {
		span.SetAttributes(attribute.Int64("parley.backend", int64(q.ProcessID)))
		if q.SQL != "" && !t.options.NoSQL {
			span.SetAttributes(semconv.DBQueryText(q.SQL))
		}
	}
	return func(r parley.TraceReply) {
		failed := failure(r.Err)
		t.duration.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(append(append(slices.Clone(t.common), op), failed...)...))
		if span.IsRecording() {
			replied(span, r)
			span.SetAttributes(failed...)
		}
		end(span, r.Err)
	}
}

// replied tells of a reply.
func replied(span trace.Span, r parley.TraceReply) {
	if tag := r.Tag.String(); tag != "" {
		span.SetAttributes(attribute.String("parley.tag", tag))
	}
	if strings.HasPrefix(r.Tag.String(), "SELECT ") {
		span.SetAttributes(semconv.DBResponseReturnedRows(int(r.Tag.Rows())))
	}
	if r.Lane {
		span.SetAttributes(attribute.Bool("parley.lane", true), attribute.Float64("parley.waited", r.Waited.Seconds()))
	} else {
		span.SetAttributes(attribute.Int("parley.exchanges", r.Exchanges))
	}
}

func (t *tracer) waiting(ctx context.Context) func(parley.TraceWaited) {
	began := time.Now()
	return func(w parley.TraceWaited) {
		t.wait.Record(ctx, w.Duration.Seconds(), metric.WithAttributes(append(slices.Clone(t.pool), failure(w.Err)...)...))
		if span := trace.SpanFromContext(ctx); span.IsRecording() {
			span.AddEvent("waited for a connection", trace.WithTimestamp(began.Add(w.Duration)),
				trace.WithAttributes(attribute.Float64("parley.waited", w.Duration.Seconds())))
		}
	}
}

// operation is the name of a request: the first word of its statement, as that is
// one of few, else what kind of request it is.
func operation(q parley.TraceRequest) string {
	if q.Op == "query" {
		if w := sqltext.FirstWord(q.SQL); w != "" && len(w) <= longestWord {
			return strings.ToUpper(w)
		}
	}
	return q.Op
}

// longestWord bounds what may be the first word of a statement: DEALLOCATE.
const longestWord = 10

// failure returns the attributes of an error, none for nil.
func failure(err error) []attribute.KeyValue {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*parley.ServerError](err); ok {
		return []attribute.KeyValue{semconv.ErrorTypeKey.String(e.Code), semconv.DBResponseStatusCode(e.Code)}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return []attribute.KeyValue{semconv.ErrorTypeKey.String("timeout")}
	case errors.Is(err, context.Canceled):
		return []attribute.KeyValue{semconv.ErrorTypeKey.String("canceled")}
	}
	return []attribute.KeyValue{semconv.ErrorTypeKey.String(fmt.Sprintf("%T", err))}
}

// end ends a span with the outcome.
func end(span trace.Span, err error) {
	if e, ok := errors.AsType[*parley.ServerError](err); ok {
		span.SetStatus(codes.Error, e.Severity+": "+e.Message)
	} else if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	span.End()
}
