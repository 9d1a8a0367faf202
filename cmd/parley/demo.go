package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"parley/internal/conninfo"
	"parley/pgtest"
	"parley/workbench/render"
)

// demoFlags are the flags of parley demo.
type demoFlags struct {
	brief, json, pqtrace, secrets, tcp bool
	version                            int
	color                              colorFlag
}

func demoCommand(s streams) *cobra.Command {
	var f demoFlags
	cmd := &cobra.Command{
		Use:   "demo [DSN]",
		Short: "Hold a whole conversation with PostgreSQL, every byte explained",
		Long: "Starts a private PostgreSQL, or takes the server that the connection string names, and holds\n" +
			"a conversation with it by hand: three bytes that make no sense, a start, simple queries, a\n" +
			"pipeline of parameterized ones, and the end. Every byte in both directions is shown and named.\n" +
			"Nothing is canned: what is shown is what went over the socket.",
		Example: "  parley demo\n  parley demo --brief\n  parley demo --version 14 --color always | less -R\n" +
			"  parley demo --json | jq 'select(.message == \"DataRow\")'\n  parley demo \"host=/run/postgresql dbname=app\"",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runDemo(cmd.Context(), s, f, args) },
	}
	fl := cmd.Flags()
	fl.BoolVar(&f.brief, "brief", false, "write one line for each message")
	fl.BoolVar(&f.json, "json", false, "write one JSON object a line for each message and step")
	fl.BoolVar(&f.pqtrace, "pqtrace", false, "write the messages as libpq's PQtrace does")
	fl.BoolVar(&f.secrets, "secrets", false, "do not mask passwords, proofs and cancel keys")
	fl.BoolVar(&f.tcp, "tcp", false, "talk to the private server over loopback TCP instead of its Unix socket")
	fl.IntVar(&f.version, "version", 0, "major version of the private server, 14 to 18 (0: the newest that can be had)")
	f.color.add(cmd)
	cmd.MarkFlagsMutuallyExclusive("brief", "json", "pqtrace")
	return cmd
}

// The notebook's author and what is said of the connection.
const (
	demoUser        = "peitho"
	demoApplication = "just messaging around"
	demoEncoding    = "UTF8"
)

func runDemo(ctx context.Context, s streams, f demoFlags, args []string) error {
	r := &report{out: s.out, flags: f, options: render.Options{Color: f.color.on(s.out), Secrets: f.secrets}}
	to, stop, err := demoTarget(ctx, s, f, args)
	if err != nil {
		return err
	}
	defer stop()
	d := &demo{to: to, report: r}
	err = d.run(ctx)
	if d.conn != nil {
		_ = d.conn.Close()
	}
	return demoError(err, to)
}

// target is where the demo connects.
type target struct {
	network, address string
	display          string // for people
	user, database   string // database "" leaves it to the server: the user's name
	password         string
	private          bool
}

// demoTarget starts a private server, or reads the connection string.
func demoTarget(ctx context.Context, s streams, f demoFlags, args []string) (target, func(), error) {
	if len(args) == 1 {
		to, err := dsnTarget(s, args[0])
		return to, func() {}, err
	}
	server, err := pgtest.Run(ctx, pgtest.Config{Version: f.version, TCP: f.tcp, User: demoUser, Database: demoUser, Progress: progress(s.err)})
	if err != nil {
		return target{}, nil, &exitError{exitConnection, err, "\"parley server list\" shows which PostgreSQL there is"}
	}
	to := target{network: "unix", address: server.Socket(), user: demoUser, private: true}
	if f.tcp || to.address == "" {
		to.network, to.address = "tcp", server.TCPAddr()
	}
	to.display = fmt.Sprintf("a private PostgreSQL %s at %s", server.Version(), to.address)
	return to, func() { _ = server.Close() }, nil
}

// dsnTarget reads a connection string. The demo takes the first host, and
// speaks in clear text so that the bytes can be read.
func dsnTarget(s streams, dsn string) (target, error) {
	c, err := conninfo.Resolve(dsn, conninfo.System{})
	if err != nil {
		return target{}, &exitError{exitUsage, err, "a connection string is \"host=/run/postgresql dbname=app\" or \"postgres://user@localhost/app\""}
	}
	for _, w := range c.Warnings {
		fmt.Fprintln(s.err, "parley:", w)
	}
	if c.SSLMode >= conninfo.SSLRequire {
		return target{}, &exitError{exitUsage, fmt.Errorf("the demo speaks in clear text, and sslmode=%s does not allow that", c.SSLMode),
			"if the network is yours, say sslmode=disable"}
	}
	h := c.Hosts[0]
	to := target{network: "tcp", address: net.JoinHostPort(h.Name, fmt.Sprint(h.Port)), user: c.User, database: c.Database, password: string(h.Password)}
	if h.Addr != "" {
		to.address = net.JoinHostPort(h.Addr, fmt.Sprint(h.Port))
	}
	if h.Kind == conninfo.HostSocket {
		to.network, to.address = "unix", h.SocketFile()
	}
	to.display = "the server at " + to.address
	return to, nil
}

// demoError gives an error of the conversation its exit code and a hint.
func demoError(err error, to target) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*exitError](err); ok {
		return err
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		return err
	}
	e := &exitError{code: exitFailed, err: err}
	if hint, ok := errors.AsType[*hintError](err); ok {
		e.hint = hint.hint
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		e.code = exitConnection
		if op.Op == "dial" {
			e.hint = fmt.Sprintf("is a server listening on %s? \"parley demo\" without a connection string starts one", to.address)
		}
	}
	return e
}

// hintError is an error with what to do about it.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

// demoPatience is how long the demo waits for any reply, and demoSilence how
// long until no reply counts as none.
const (
	demoPatience = 20 * time.Second
	demoSilence  = 300 * time.Millisecond
)
