package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"parley/wire"
	"parley/workbench/render"
)

// chapters are the families of messages, each with its first kind.
var chapters = []struct {
	first wire.Kind
	title string
}{
	{wire.KindStartupMessage, "Opening a connection"},
	{wire.KindAuthenticationOk, "Authentication"},
	{wire.KindQuery, "Queries"},
	{wire.KindFunctionCall, "Function calls"},
	{wire.KindCopyInResponse, "COPY"},
	{wire.KindXLogData, "Replication streams and base backups"},
	{wire.KindLogicalBegin, "pgoutput"},
}

// writeMarkdown writes a page about all messages.
func writeMarkdown(out io.Writer) error {
	var b bytes.Buffer
	b.WriteString("# The protocol, message by message\n\n" +
		"Made from the layout table of package `wire` by `parley explain --markdown`; do not edit. F is the frontend (the client), B the\n" +
		"backend (the server). Integers are big-endian. Most messages begin with a type byte and an Int32 length, which counts itself\n" +
		"and what follows it; \"-\" stands for those that have no type byte.\n")
	index(&b)
	for l := range wire.Layouts() {
		for _, c := range chapters {
			if c.first == l.Kind {
				fmt.Fprintf(&b, "\n## %s\n", c.title)
			}
		}
		if err := markdownMessage(&b, l); err != nil {
			return err
		}
	}
	_, err := out.Write(b.Bytes())
	return err
}

func index(b *bytes.Buffer) {
	b.WriteString("\n| from | type | message |\n|---|---|---|\n")
	for l := range wire.Layouts() {
		fmt.Fprintf(b, "| %s | `%s` | [%s](#%s) |\n", senders(l), typeByte(l), l.Name, strings.ToLower(l.Name))
	}
}

func markdownMessage(b *bytes.Buffer, l *wire.Layout) error {
	fmt.Fprintf(b, "\n### %s\n\nType `%s`, %s.", l.Name, typeByte(l), sentBy(l))
	if l.Since != "" {
		fmt.Fprintf(b, " Since %s.", l.Since)
	}
	fmt.Fprintf(b, " %s\n\n", l.Doc)
	if rows := render.FieldRows(l); len(rows) > 0 {
		b.WriteString("| field | type | meaning |\n|---|---|---|\n")
		for _, r := range rows {
			fmt.Fprintf(b, "| %s%s | %s | %s |\n", strings.Repeat("&nbsp;&nbsp;", r.Depth), r.Name, r.Type, strings.ReplaceAll(r.Doc, "|", `\|`))
		}
		b.WriteByte('\n')
	}
	b.WriteString("```\n")
	if err := exampleLines(b, l, ""); err != nil {
		return err
	}
	b.WriteString("```\n")
	return nil
}
