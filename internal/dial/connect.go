package dial

import (
	"context"
	"errors"
	"fmt"
	"os"

	"parley/internal/conninfo"
	"parley/wire"
)

// Connect makes a session from a resolved connection string. It goes through
// hosts, addresses and methods as the package documentation says. When ctx is
// done it returns promptly, and errors.Is finds the cause of ctx in the error,
// which is always an *[Error]. Nothing of it runs on after it returned, unless
// package net looks a name up by the C library, which cannot be interrupted.
//
// The config must not be changed during the call; the session keeps a copy.
func Connect(ctx context.Context, config *conninfo.Config, set Settings) (*Session, error) {
	s := &search{config: config, set: &set}
	session := s.run(ctx)
	if session == nil {
		return nil, &Error{Attempts: s.attempts}
	}
	session.Attempts = s.attempts
	return session, nil
}

// search is the state of one Connect. It belongs to one goroutine.
type search struct {
	config   *conninfo.Config
	set      *Settings
	attempts []Attempt
	oauth    oauthState
}

var errGSSEncryption = errors.New("gssencmode=require, but GSSAPI encryption is not supported; sslmode=require encrypts by TLS")

// run is the outermost loop: hosts, and for prefer-standby a second time.
func (s *search) run(ctx context.Context) *Session {
	hosts := hostOrder(s.config)
	if s.config.GSSEncMode == conninfo.Require {
		s.note(hosts[0], place{}, methodPlain, fatal(StageDial, errGSSEncryption))
		return nil
	}
	attrs := []conninfo.TargetSession{s.config.TargetSession}
	if s.config.TargetSession == conninfo.TargetPreferStandby {
		attrs = append(attrs, conninfo.TargetAny)
	}
	for _, target := range attrs {
		for _, h := range hosts {
			session, next := s.tryHost(ctx, h, target)
			if session != nil || next == moveEnd {
				return session
			}
		}
	}
	return nil
}

// tryHost goes through the addresses of a host.
func (s *search) tryHost(ctx context.Context, h *conninfo.Host, attrs conninfo.TargetSession) (*Session, move) {
	limited, cancel := s.limit(ctx)
	list, err := places(limited, s.config, s.set, h)
	err = ended(limited, err)
	cancel()
	if err != nil {
		return nil, s.next(ctx, h, place{}, methodPlain, &failure{StageDNS, outcomeNoName, err})
	}
	for _, p := range list {
		session, next := s.tryAddress(ctx, h, p, attrs)
		if session != nil || next != moveAddress {
			return session, next
		}
	}
	return nil, moveHost
}

// tryAddress goes through the methods for an address, within connect_timeout.
// The time that a bearer token takes does not count.
func (s *search) tryAddress(ctx context.Context, h *conninfo.Host, p place, attrs conninfo.TargetSession) (*Session, move) {
	limited, cancel := s.limit(ctx)
	defer func() { cancel() }()
	var on *stream // the connection to go on with, nil for a new one
	methods := methodsFor(s.config.SSLMode, h)
	for {
		a := attempt{search: s, ctx: limited, parent: ctx, host: h, place: p, method: methods[0], attrs: attrs}
		session, kept, err := a.run(on)
		if err == nil {
			return session, moveEnd
		}
		if on = kept; on != nil && len(methods) > 1 {
			methods = methods[1:] // not worth mentioning: it is what the user asked for
			continue
		}
		on.close()
		on = nil
		next := s.next(ctx, h, p, methods[0], asFailure(StageSession, err))
		switch {
		case next == moveSame:
			if err := s.oauth.retry(ctx, s, h); err != nil {
				return nil, s.next(ctx, h, p, methods[0], fatal(StageAuth, err))
			}
			cancel()
			limited, cancel = s.limit(ctx)
		case next != moveMethod && next != moveMethodHere:
			return nil, next
		case len(methods) == 1:
			return nil, moveEnd
		default:
			methods = methods[1:]
		}
	}
}

// limit begins connect_timeout.
func (s *search) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.config.ConnectTimeout <= 0 {
		return context.WithCancel(ctx)
	}
	cause := fmt.Errorf("connect_timeout of %v expired: %w", s.config.ConnectTimeout, os.ErrDeadlineExceeded)
	return context.WithTimeoutCause(ctx, s.config.ConnectTimeout, cause)
}

// next notes a failure and looks up what follows it.
func (s *search) next(ctx context.Context, h *conninfo.Host, p place, m method, f *failure) move {
	next := moves[f.outcome]
	if next != moveSame {
		s.note(h, p, m, f)
	}
	if ctx.Err() != nil {
		if next == moveSame || !errors.Is(f.err, context.Cause(ctx)) {
			s.note(h, p, m, fatal(f.stage, context.Cause(ctx)))
		}
		return moveEnd
	}
	return next
}

func (s *search) note(h *conninfo.Host, p place, m method, f *failure) {
	host := named(h)
	if s.set.Password != nil {
		host.PasswordSource = conninfo.Source{} // it was not used
	}
	s.attempts = append(s.attempts, Attempt{Host: host, Addr: p.address, TLS: m == methodTLS, Stage: f.stage, Err: f.err})
}

// named returns a host without its password.
func named(h *conninfo.Host) conninfo.Host {
	n := *h
	n.Password = ""
	return n
}

// attempt is one address by one method.
type attempt struct {
	search *search
	ctx    context.Context // within connect_timeout
	parent context.Context // without it
	host   *conninfo.Host
	place  place
	method method
	attrs  conninfo.TargetSession
}

// run makes a session, on a connection that is there already or on a new one.
// After a failure it returns the connection if it can still be used, and has
// closed it if not.
func (a *attempt) run(on *stream) (session *Session, kept *stream, err error) {
	if on == nil {
		conn, err := open(a.ctx, a.search.config, a.search.set, a.place)
		if err != nil {
			return nil, nil, err
		}
		on = newStream(conn)
	}
	release := guard(a.ctx, on.raw)
	session, err = a.converse(on)
	release()
	if err == nil {
		return session, nil, nil
	}
	f := asFailure(StageSession, err)
	if a.ctx.Err() != nil && f.outcome != outcomeToken {
		f = &failure{f.stage, outcomeUnreachable, ended(a.ctx, f.err)}
	}
	if moves[f.outcome] == moveMethodHere {
		return nil, on, f
	}
	on.close()
	return nil, nil, f
}

// converse does everything after the connection is open.
func (a *attempt) converse(on *stream) (*Session, error) {
	s := a.search
	s.oauth.begin()
	l := &login{ctx: a.ctx, parent: a.parent, config: s.config, set: s.set, host: a.host, stream: on, oauth: &s.oauth}
	if a.method == methodTLS {
		var err error
		if l.tls, err = encrypt(a.ctx, on, s.config, s.set.TLS, a.host); err != nil {
			return nil, err
		}
	}
	if err := l.startup(); err != nil {
		return nil, err
	}
	session, err := l.greet()
	if err != nil {
		return nil, err
	}
	if err := l.fit(session, a.attrs); err != nil {
		_ = on.send(&wire.Terminate{})
		return nil, err
	}
	session.Addr = a.place.address
	session.cancel = canceler{config: *s.config, set: *s.set, host: named(a.host), place: a.place,
		encrypted: l.tls != nil, process: session.ProcessID, key: session.CancelKey}
	return session, nil
}
