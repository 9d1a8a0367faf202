package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// streams are where a command reads and writes.
type streams struct {
	in  io.Reader
	out io.Writer // results
	err io.Writer // everything else
}

// rootCommand returns the whole command line.
func rootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "A workbench for PostgreSQL's protocol",
		Long: "Parley shows and explains every message between a client and a PostgreSQL server,\n" +
			"and starts private servers to try them on.",
		Example: "  parley demo              # a whole conversation, every byte explained\n" +
			"  parley explain Bind      # what a message is made of\n" +
			"  parley server start      # a private PostgreSQL",
		SilenceErrors: true, SilenceUsage: true,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SuggestionsMinimumDistance = 2
	root.AddCommand(demoCommand(s), explainCommand(s), serverCommand(s), versionCommand(s), manCommand(s))
	return root
}

// colorFlag is --color.
type colorFlag string

func (c *colorFlag) add(cmd *cobra.Command) {
	*c = "auto"
	cmd.Flags().Var(c, "color", "colour: auto, always or never (auto: on a terminal, unless NO_COLOR is set)")
	_ = cmd.RegisterFlagCompletionFunc("color", cobra.FixedCompletions([]string{"auto", "always", "never"}, cobra.ShellCompDirectiveNoFileComp))
}

// String returns the flag's value.
func (c *colorFlag) String() string { return string(*c) }

// Type names the flag's kind of value.
func (c *colorFlag) Type() string { return "when" }

// Set takes a value from the command line.
func (c *colorFlag) Set(v string) error {
	switch v {
	case "auto", "always", "never":
		*c = colorFlag(v)
		return nil
	}
	return fmt.Errorf("%q is none of auto, always and never", v)
}

// on reports whether to write colours to w.
func (c *colorFlag) on(w io.Writer) bool {
	switch *c {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
