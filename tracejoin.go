package parley

import "context"

// JoinTraces returns a Trace that tells each of several of what they want to be
// told, in their order. Those that are nil are left out.
func JoinTraces(traces ...*Trace) *Trace {
	j := &Trace{}
	for _, t := range traces {
		if t == nil {
			continue
		}
		j.Connect = joinSpans(j.Connect, t.Connect)
		j.Wait = joinSpans(j.Wait, t.Wait)
		j.Request = joinRequests(j.Request, t.Request)
		j.Message = joinEnds(j.Message, t.Message)
	}
	return j
}

func joinSpans[T any](a, b func(context.Context) func(T)) func(context.Context) func(T) {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(ctx context.Context) func(T) { return joinEnds(a(ctx), b(ctx)) }
}

func joinRequests(a, b func(context.Context, TraceRequest) func(TraceReply)) func(context.Context, TraceRequest) func(TraceReply) {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(ctx context.Context, r TraceRequest) func(TraceReply) { return joinEnds(a(ctx, r), b(ctx, r)) }
}

func joinEnds[T any](a, b func(T)) func(T) {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return func(v T) { a(v); b(v) }
}
