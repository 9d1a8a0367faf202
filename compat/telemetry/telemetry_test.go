package telemetry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"parley"
	"parley/pgtest"
)

// told is what OpenTelemetry was told.
type told struct {
	spans   *tracetest.SpanRecorder
	reader  *sdkmetric.ManualReader
	options Options
}

func listen() *told {
	w := &told{spans: tracetest.NewSpanRecorder(), reader: sdkmetric.NewManualReader()}
	w.options = Options{
		Tracers:    sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(w.spans)),
		Meters:     sdkmetric.NewMeterProvider(sdkmetric.WithReader(w.reader)),
		Attributes: []attribute.KeyValue{semconv.DBNamespace("shop")},
	}
	return w
}

func (w *told) open(t *testing.T, config parley.Config) *parley.DB {
	t.Helper()
	var err error
	if config.Trace, err = Trace(w.options); err != nil {
		t.Fatal(err)
	}
	db, err := parley.OpenConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// texts returns the spans as text: name, status, and the attributes that do not
// change from run to run.
func (w *told) texts() (all []string) {
	for _, s := range w.spans.Ended() {
		text := fmt.Sprintf("%s %s %s %v:", s.Name(), s.SpanKind(), s.Status().Code, s.Parent().IsValid())
		for _, kv := range s.Attributes() {
			switch kv.Key {
			case "parley.backend", "parley.waited":
			default:
				text += " " + string(kv.Key) + "=" + kv.Value.String()
			}
		}
		all = append(all, text)
	}
	return all
}

// point returns the value of a measurement: of a counter, or how many there are of
// a histogram, among those with all of the attributes.
func (w *told) point(t *testing.T, name string, with ...attribute.KeyValue) (n int64) {
	t.Helper()
	var got metricdata.ResourceMetrics
	if err := w.reader.Collect(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	has := func(set attribute.Set) bool {
		for _, kv := range with {
			if v, ok := set.Value(kv.Key); !ok || v != kv.Value {
				return false
			}
		}
		return true
	}
	for _, s := range got.ScopeMetrics {
		for _, m := range s.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					if has(p.Attributes) {
						n += p.Value
					}
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					if has(p.Attributes) {
						n += int64(p.Count)
					}
				}
			}
		}
	}
	return n
}

func TestTrace(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	w := listen()
	db := w.open(t, parley.Config{ConnString: server.DSN()})
	ctx, parent := w.options.Tracers.Tracer("test").Start(t.Context(), "handler")
	for range 2 {
		if _, err := parley.One[string](ctx, db, "select $1::text", "s3cret"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := db.Exec(ctx, "insert into nowhere values ($1)", "s3cret")
	if err == nil {
		t.Fatal("nowhere is there")
	}
	var b parley.Batch
	b.Exec("select 1")
	b.Exec("select 2")
	if _, err := db.Run(ctx, &b); err != nil {
		t.Fatal(err)
	}
	short, stop := context.WithTimeout(ctx, 20*time.Millisecond)
	defer stop()
	if _, err := db.Exec(short, "select pg_sleep(60)"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	parent.End()
	got := strings.Join(w.texts(), "\n")
	for _, want := range []string{
		"connect client Unset false: db.system.name=postgresql db.namespace=shop",
		"SELECT client Unset true: db.system.name=postgresql db.namespace=shop db.operation.name=SELECT db.query.text=select $1::text parley.tag=SELECT 1 " +
			"db.response.returned_rows=1 parley.exchanges=1",
		"db.query.text=select $1::text parley.tag=SELECT 1 db.response.returned_rows=1 parley.lane=true",
		"INSERT client Error true: db.system.name=postgresql db.namespace=shop db.operation.name=INSERT db.query.text=insert into nowhere values ($1) " +
			"parley.exchanges=1 error.type=42P01 db.response.status_code=42P01",
		"batch client Unset true: db.system.name=postgresql db.namespace=shop db.operation.name=batch parley.tag=SELECT 1 db.response.returned_rows=1 parley.exchanges=1",
		"SELECT client Error true: db.system.name=postgresql db.namespace=shop db.operation.name=SELECT db.query.text=select pg_sleep(60)",
		"error.type=timeout",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "s3cret") {
		t.Errorf("a parameter was told:\n%s", got)
	}
	name := semconv.DBOperationName
	if n := w.point(t, "db.client.operation.duration", name("SELECT")); n < 3 {
		t.Errorf("%d SELECTs were measured", n)
	}
	if n := w.point(t, "db.client.operation.duration", name("INSERT"), semconv.DBNamespace("shop"), semconv.DBResponseStatusCode("42P01")); n != 1 {
		t.Errorf("%d failures were measured", n)
	}
	if n := w.point(t, "db.client.connection.create_time", semconv.DBClientConnectionPoolName("parley")); n < 1 {
		t.Error("no connection was measured")
	}
}

// TestSecrets: what statements and the details of errors hold is not told.
func TestSecrets(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{Setup: []string{"create table t (a text primary key)"}})
	w := listen()
	w.options.NoSQL = true
	db := w.open(t, parley.Config{ConnString: server.DSN()})
	for range 2 {
		_, _ = db.Exec(t.Context(), "insert into t values ($1)", "s3cret")
		_, _ = db.Exec(t.Context(), "insert into t values ('s3cret')")
	}
	for _, s := range w.spans.Ended() {
		text := fmt.Sprint(s.Name(), s.Attributes(), s.Status(), s.Events())
		if strings.Contains(text, "s3cret") || strings.Contains(text, "db.query.text") {
			t.Error(text)
		}
		if s.Status().Code == codes.Error && !strings.HasPrefix(s.Status().Description, "ERROR: duplicate key") {
			t.Error(s.Status())
		}
	}
}

// TestWaiting: a wait is an event of the caller's span, and measured.
func TestWaiting(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	w := listen()
	db := w.open(t, parley.Config{ConnString: server.DSN(), MaxConns: 1})
	watched, err := Watch(db, w.options)
	if err != nil {
		t.Fatal(err)
	}
	own, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	state := func(s attribute.KeyValue) int64 { return w.point(t, "db.client.connection.count", s) }
	if used, idle := state(semconv.DBClientConnectionStateUsed), state(semconv.DBClientConnectionStateIdle); used != 1 || idle != 0 {
		t.Errorf("%d used, %d idle", used, idle)
	}
	ctx, parent := w.options.Tracers.Tracer("test").Start(t.Context(), "handler")
	short, stop := context.WithCancel(ctx)
	failed := make(chan error)
	go func() {
		_, err := db.Conn(short)
		failed <- err
	}()
	for w.point(t, "db.client.connection.pending_requests") == 0 {
	}
	stop()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := own.Close(); err != nil {
		t.Error(err)
	}
	parent.End()
	if used, idle := state(semconv.DBClientConnectionStateUsed), state(semconv.DBClientConnectionStateIdle); used != 0 || idle != 1 {
		t.Errorf("%d used, %d idle", used, idle)
	}
	if n := w.point(t, "db.client.connection.wait_time", semconv.ErrorTypeKey.String("canceled")); n != 1 {
		t.Errorf("%d waits in vain were measured", n)
	}
	if n := w.point(t, "parley.connections.opened"); n < 2 {
		t.Errorf("%d connections were opened", n)
	}
	if got := events(w.spans.Ended()); len(got) != 1 || got[0] != "handler: waited for a connection" {
		t.Errorf("events %q", got)
	}
	if err := watched.Unregister(); err != nil {
		t.Error(err)
	}
	if n := w.point(t, "parley.connections.opened"); n != 0 {
		t.Errorf("%d connections are measured of a DB that is not watched", n)
	}
}

func events(spans []sdktrace.ReadOnlySpan) (all []string) {
	for _, s := range spans {
		for _, e := range s.Events() {
			all = append(all, s.Name()+": "+e.Name)
		}
	}
	return all
}

// TestOperation: names of spans are few, whatever statements there are.
func TestOperation(t *testing.T) {
	for _, w := range []struct {
		op, sql, want string
	}{
		{"query", " -- by hand\nwith x as (select 1) table x", "WITH"},
		{"query", "deallocate all", "DEALLOCATE"},
		{"query", "", "query"},
		{"query", "nonsenseofsomebody", "query"},
		{"batch", "", "batch"},
		{"copy", "copy t from stdin", "copy"},
	} {
		if got := operation(parley.TraceRequest{Op: w.op, SQL: w.sql}); got != w.want {
			t.Errorf("%s %q is %q, want %q", w.op, w.sql, got, w.want)
		}
	}
}

// TestGlobal: without options it is OpenTelemetry's global providers that are told,
// which by default tell nobody.
func TestGlobal(t *testing.T) {
	server := pgtest.Start(t, pgtest.Config{})
	w := &told{}
	db := w.open(t, parley.Config{ConnString: server.DSN()})
	if _, err := Watch(db, Options{}); err != nil {
		t.Error(err)
	}
	if _, err := db.Exec(t.Context(), "select 1"); err != nil {
		t.Error(err)
	}
}
