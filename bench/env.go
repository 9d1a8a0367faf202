package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley/bench/internal/delay"
	"parley/bench/internal/floor"
	"parley/bench/internal/harness"
	"parley/pgtest"
)

// env is what the workloads share: one server, started when the first of them
// asks for it, and what stands before it. Its methods may be used by one
// goroutine at a time.
type env struct {
	server  *pgtest.Server
	dir     string // for sockets and certificates
	tables  map[string]bool
	delayed map[time.Duration]*delay.Proxy
	closers []func() error
}

func newEnv() *env {
	return &env{tables: map[string]bool{}, delayed: map[time.Duration]*delay.Proxy{}}
}

// close ends everything that was started.
func (e *env) close() error {
	var errs []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		errs = append(errs, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(errs...)
}

const password = "opensesame"

// config is the server's. What is not about security or the number of
// connections keeps background work out of the measurements.
func config(certificate, key []byte) pgtest.Config {
	return pgtest.Config{
		Durable: true,
		TCP:     true,
		HBA: []string{
			"local all all trust",
			"hostssl all login 127.0.0.1/32 scram-sha-256",
			"host all postgres 127.0.0.1/32 trust",
		},
		Files: map[string][]byte{"server.crt": certificate, "server.key": key},
		Settings: map[string]string{
			"ssl":             "on",
			"max_connections": "1200",
			"shared_buffers":  "512MB",
			"max_wal_size":    "8GB",
			"jit":             "off",
			"autovacuum":      "off",
			"timezone":        "UTC",
		},
		Setup: []string{fmt.Sprintf("create role login superuser login password '%s'", password)},
	}
}

// start starts the server.
func (e *env) start(ctx context.Context) error {
	if e.server != nil {
		return nil
	}
	var err error
	if e.dir, err = os.MkdirTemp("", "bench"); err != nil {
		return err
	}
	e.closers = append(e.closers, func() error { return os.RemoveAll(e.dir) })
	certificate, key, err := e.certificate()
	if err != nil {
		return err
	}
	if e.server, err = pgtest.Run(ctx, config(certificate, key)); err != nil {
		return err
	}
	e.closers = append(e.closers, e.server.Close)
	return nil
}

// certificate makes the server's, and keeps it where clients look for the root.
func (e *env) certificate() (certificate, key []byte, err error) {
	pair, err := pgtest.SelfSigned("127.0.0.1", "localhost")
	if err != nil {
		return nil, nil, err
	}
	certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]})
	key, err = keyPEM(pair.PrivateKey)
	if err != nil {
		return nil, nil, err
	}
	return certificate, key, os.WriteFile(e.rootCertificate(), certificate, 0o600)
}

func (e *env) rootCertificate() string { return filepath.Join(e.dir, "root.crt") }

// dsn is where the server listens without any ado: a Unix socket.
func (e *env) dsn(ctx context.Context) (string, error) {
	if err := e.start(ctx); err != nil {
		return "", err
	}
	return socketDSN(e.server.Socket()), nil
}

// socketDSN is the connection string of a server's socket. TLS does not exist
// there, but some drivers must be told.
func socketDSN(socket string) string {
	port := socket[strings.LastIndexByte(socket, '.')+1:]
	return fmt.Sprintf("host=%s port=%s user=postgres dbname=postgres sslmode=disable", filepath.Dir(socket), port)
}

// secureDSN is the way in over TLS, with a password.
func (e *env) secureDSN(ctx context.Context) (string, error) {
	if err := e.start(ctx); err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(e.server.TCPAddr())
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("host=%s port=%s user=login password=%s dbname=postgres sslmode=verify-full sslrootcert=%s",
		host, port, password, e.rootCertificate()), nil
}

// delayedDSN is the way in over a network with a latency in each direction.
func (e *env) delayedDSN(ctx context.Context, latency time.Duration) (string, error) {
	if err := e.start(ctx); err != nil {
		return "", err
	}
	socket := filepath.Join(e.dir, fmt.Sprintf(".s.PGSQL.%d", latency.Microseconds()))
	if e.delayed[latency] == nil {
		l, err := net.Listen("unix", socket)
		if err != nil {
			return "", err
		}
		var d net.Dialer
		p, err := delay.Listen(l, latency, func(ctx context.Context) (net.Conn, error) {
			return d.DialContext(ctx, "unix", e.server.Socket())
		})
		if err != nil {
			return "", err
		}
		e.closers = append(e.closers, p.Close)
		e.delayed[latency] = p
	}
	return socketDSN(socket), nil
}

// floor opens a raw session.
func (e *env) floor(ctx context.Context, dial harness.Dial) (*floor.Conn, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	return floor.Connect(ctx, dial, "unix", e.server.Socket(), "postgres", "postgres")
}

// exec runs SQL without further ado.
func (e *env) exec(ctx context.Context, sql string) error {
	c, err := e.floor(ctx, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	return c.Run(floor.AppendQuery(nil, sql))
}

// want makes sure that a table exists, which is made by some SQL.
func (e *env) want(ctx context.Context, table, sql string) error {
	if e.tables[table] {
		return nil
	}
	for _, sql := range []string{sql, "vacuum analyze " + table} {
		if err := e.exec(ctx, sql); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	e.tables[table] = true
	return nil
}
