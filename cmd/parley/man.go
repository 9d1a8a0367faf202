package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func manCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIRECTORY",
		Short:   "Write the manual pages",
		Long:    "Writes a manual page for every command into a directory, as man(1) reads them.",
		Example: "  parley man /usr/local/share/man/man1\n  parley man . && man ./parley-demo.1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return &exitError{exitFailed, fmt.Errorf("making the directory for the manual pages: %w", err), ""}
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			header := &doc.GenManHeader{Title: "PARLEY", Section: "1", Source: "Parley", Manual: "Parley Manual"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return &exitError{exitFailed, fmt.Errorf("writing the manual pages: %w", err), ""}
			}
			_, err := fmt.Fprintf(s.err, "parley: wrote the manual pages to %s\n", args[0])
			return err
		},
	}
}
