package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"parley/wire"
	"parley/workbench/render"
)

func explainCommand(s streams) *cobra.Command {
	var asJSON, markdown bool
	var color colorFlag
	cmd := &cobra.Command{
		Use:   "explain [MESSAGE | TYPE BYTE | SQLSTATE | TYPE | OID]",
		Short: "What a message is made of, what a code or an OID stands for",
		Long: "Explains a message of the protocol: who sends it and when, every field with its type and\n" +
			"meaning, and an example with its bytes. Without a name it lists all messages.\n" +
			"A single character explains the messages with that type byte: R all authentication requests with\n" +
			"their codes. A SQLSTATE, the name of its condition, a class of them, a type's name or OID say what\n" +
			"that is.",
		Example: "  parley explain\n  parley explain Bind\n  parley explain Z\n  parley explain 23505\n  parley explain int4\n  parley explain --json Bind | jq .fields",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return messageNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			ls := slices.Collect(wire.Layouts())
			if len(args) == 1 {
				if ls = findLayouts(args[0]); len(ls) == 0 {
					if found, err := explainOther(s.out, args[0]); found {
						return err
					}
					return unknownMessage(args[0])
				}
			}
			switch {
			case asJSON:
				return explainJSON(s.out, ls)
			case markdown:
				return writeMarkdown(s.out)
			case len(args) == 0:
				return listMessages(s.out)
			}
			return explainAll(s.out, ls, color.on(s.out))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "write one JSON object a line")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "write a page about all messages")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown")
	color.add(cmd)
	return cmd
}

func messageNames() []string {
	var names []string
	for l := range wire.Layouts() {
		names = append(names, l.Name)
	}
	return names
}

// findLayouts returns the message with the name, whatever its case, or those
// with the type byte.
func findLayouts(name string) []*wire.Layout {
	var found []*wire.Layout
	for l := range wire.Layouts() {
		if strings.EqualFold(l.Name, name) {
			return []*wire.Layout{l}
		}
		if len(name) == 1 && l.Type == name[0] {
			found = append(found, l)
		}
	}
	return found
}

func unknownMessage(name string) error {
	hint := `"parley explain" lists all messages`
	if near := nearest(name, messageNames()); near != "" {
		hint = fmt.Sprintf("did you mean \"parley explain %s\"?", near)
	}
	return &exitError{exitUsage, fmt.Errorf("%q is no message, SQLSTATE, type or OID", name), hint}
}

// nearest returns the name that is most like s, or "".
func nearest(s string, names []string) string {
	var all cobra.Command
	all.SuggestionsMinimumDistance = 2
	for _, name := range names {
		all.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	near := all.SuggestionsFor(s)
	if len(near) == 0 {
		return ""
	}
	return near[0]
}

// listMessages writes a line for each message.
func listMessages(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for l := range wire.Layouts() {
		doc, _, _ := strings.Cut(l.Doc, ". ")
		doc, _, _ = strings.Cut(doc, ": ")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", l.Name, senders(l), typeByte(l), strings.TrimSuffix(doc, "."))
	}
	return w.Flush()
}

func senders(l *wire.Layout) string {
	switch l.From {
	case wire.Frontend:
		return "F"
	case wire.Backend:
		return "B"
	}
	return "F B"
}

func typeByte(l *wire.Layout) string {
	if l.Type == 0 {
		return "-"
	}
	return string(rune(l.Type))
}

func explainAll(out io.Writer, ls []*wire.Layout, color bool) error {
	for i, l := range ls {
		if i > 0 {
			fmt.Fprintln(out)
		}
		if err := explainOne(out, l, color); err != nil {
			return err
		}
	}
	return nil
}

// explainOne writes all about one message.
func explainOne(out io.Writer, l *wire.Layout, color bool) error {
	fmt.Fprintf(out, "%s, %s\n", l.Name, sentBy(l))
	for _, line := range render.Wrap(l.Doc, 78) {
		fmt.Fprintln(out, "  "+line)
	}
	if l.Since != "" {
		fmt.Fprintf(out, "  Since %s.\n", l.Since)
	}
	fmt.Fprintln(out, "\nFields")
	writeFields(out, append(headerRows(l), render.FieldRows(l)...))
	fmt.Fprintln(out, "\nExample")
	return coloredExample(out, l, "  ", color)
}

// writeFields writes a table whose last column is wrapped.
func writeFields(out io.Writer, rows []render.FieldRow) {
	name, typ := 0, 0
	for _, r := range rows {
		name, typ = max(name, 2*r.Depth+len(r.Name)), max(typ, utf8.RuneCountInString(r.Type))
	}
	for _, r := range rows {
		head := fmt.Sprintf("  %-*s  %s%s  ", name, strings.Repeat("  ", r.Depth)+r.Name, r.Type,
			strings.Repeat(" ", typ-utf8.RuneCountInString(r.Type)))
		for _, line := range render.Wrap(r.Doc, max(40, 100-name-typ)) {
			fmt.Fprintln(out, head+line)
			head = strings.Repeat(" ", name+typ+6)
		}
	}
}

func sentBy(l *wire.Layout) string {
	where := ""
	if l.Envelope == wire.Embedded {
		where = ", inside CopyData"
	}
	if l.From == wire.Both {
		return "from either side" + where
	}
	return "from the " + l.From.String() + where
}

// headerRows are what stands before the body.
func headerRows(l *wire.Layout) (rows []render.FieldRow) {
	if l.Type != 0 {
		rows = append(rows, render.FieldRow{Name: "type", Type: fmt.Sprintf("Byte1(%q)", rune(l.Type)), Doc: "identifies the message"})
	}
	if l.Envelope == wire.Typed || l.Envelope == wire.Untyped {
		rows = append(rows, render.FieldRow{Name: "length", Type: "Int32", Doc: "length in bytes, this word included, the type byte not"})
	}
	return rows
}

// exampleLines writes the example of a message, each line behind a margin.
func exampleLines(out io.Writer, l *wire.Layout, margin string) error {
	return coloredExample(out, l, margin, false)
}

func coloredExample(out io.Writer, l *wire.Layout, margin string, color bool) error {
	m, err := render.Example(l.Kind)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := render.Hex(&b, m, render.Options{Color: color, Secrets: true}); err != nil {
		return err
	}
	for line := range strings.Lines(strings.TrimRight(b.String(), "\n") + "\n") {
		if _, err := io.WriteString(out, margin+line); err != nil {
			return err
		}
	}
	return nil
}

// jsonLayout is a message's layout as JSON.
type jsonLayout struct {
	Name   string            `json:"name"`
	From   []string          `json:"from"`
	Type   string            `json:"type,omitempty"`
	Inside bool              `json:"inside_copydata,omitempty"`
	Since  string            `json:"since,omitempty"`
	Doc    string            `json:"doc"`
	Fields []render.FieldRow `json:"fields"`
	Hex    string            `json:"example_hex"`
}

func explainJSON(out io.Writer, ls []*wire.Layout) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, l := range ls {
		m, err := render.Example(l.Kind)
		if err != nil {
			return err
		}
		j := jsonLayout{Name: l.Name, Inside: l.Envelope == wire.Embedded, Since: l.Since, Doc: l.Doc,
			Fields: render.FieldRows(l), Hex: fmt.Sprintf("%x", m.Raw)}
		for _, side := range []wire.Side{wire.Frontend, wire.Backend} {
			if l.From&side != 0 {
				j.From = append(j.From, side.String())
			}
		}
		if l.Type != 0 {
			j.Type = string(rune(l.Type))
		}
		if err := enc.Encode(j); err != nil {
			return err
		}
	}
	return nil
}
