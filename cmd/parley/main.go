// Command parley is a workbench for PostgreSQL's protocol: it shows and
// explains every message, and starts private servers to try them on.
//
// Results go to standard output, everything else to standard error, prefixed
// with "parley:". Errors are lower case and followed by a hint where there is
// one. The exit code is 0 when all is well, 1 when an expectation failed, 2
// for wrong usage, 3 when a server cannot be reached or started.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitFailed     = 1
	exitUsage      = 2
	exitConnection = 3
)

// exitError is an error with an exit code and a hint.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// run is main with everything it touches given, and returns the exit code.
func run(ctx context.Context, args []string, s streams) int {
	root := rootCommand(s)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if errors.Is(err, syscall.EPIPE) {
		return 0 // whoever read the output has seen enough
	}
	fmt.Fprintln(s.err, "parley:", err)
	e, ok := errors.AsType[*exitError](err)
	if !ok {
		fmt.Fprintln(s.err, "parley: hint:", usageHint(cmd, args))
		return exitUsage // what cobra itself complains about
	}
	if e.hint != "" {
		fmt.Fprintln(s.err, "parley: hint:", e.hint)
	}
	return e.code
}

// usageHint proposes what may have been meant.
func usageHint(cmd *cobra.Command, args []string) string {
	for _, arg := range args {
		if near := cmd.SuggestionsFor(arg); len(near) > 0 && cmd.HasSubCommands() {
			return fmt.Sprintf("did you mean \"%s %s\"?", cmd.CommandPath(), near[0])
		}
	}
	return fmt.Sprintf("\"%s --help\" shows how it is used", cmd.CommandPath())
}
