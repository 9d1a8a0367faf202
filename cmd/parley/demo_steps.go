package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"parley/wire"
)

// run holds the notebook's conversation, in its order.
func (d *demo) run(ctx context.Context) error {
	steps := []func(context.Context) error{d.questionMarks, d.start, d.simpleQueries, d.flight, d.syncAlone, d.goodbye}
	for _, step := range steps {
		d.messages = d.messages[:0]
		if err := step(ctx); err != nil {
			return err
		}
		d.report.endStep()
		if d.report.err != nil {
			return d.report.err
		}
		if b := d.talk.Session().Broken(); b != nil {
			return b
		}
	}
	return ctx.Err()
}

func (d *demo) opening() {
	if !d.report.flags.json && !d.report.flags.pqtrace {
		d.report.printf("A conversation with %s.\n→ is what the demo sends, ← what the server answers.\n\n", d.to.display)
	}
}

// questionMarks is the notebook's first attempt.
func (d *demo) questionMarks(ctx context.Context) error {
	if err := d.connect(ctx); err != nil {
		return err
	}
	d.opening()
	d.report.step("Three question marks", "The notebook begins with the bytes ??? and asks what the server makes of them.")
	marks := []byte("???")
	if err := d.write(marks); err != nil {
		return err
	}
	d.report.raw(marks)
	if err := d.quiet(); err != nil {
		return err
	}
	d.report.note("The server waits: a connection begins with a length of four bytes, and three of them have come. In the notebook " +
		"recv() ends with its time-out after a second, not with an answer. A fourth question mark completes the length.")
	if err := d.write(marks[:1]); err != nil {
		return err
	}
	d.report.raw(marks[:1])
	if err := d.end(); err != nil {
		return err
	}
	d.report.note("0x3f3f3f3f is 1061109567, and no first message is longer than 10004 bytes: the server hangs up without a word to us. " +
		"The way on is a fresh connection.")
	return d.conn.Close()
}

// start opens the session.
func (d *demo) start(ctx context.Context) error {
	if err := d.connect(ctx); err != nil {
		return err
	}
	d.report.step("A start", "On a fresh connection a StartupMessage names the protocol version, the user and two settings; "+
		"everything that comes back up to ReadyForQuery follows.")
	m := &wire.StartupMessage{Version: wire.Version30, Parameters: []wire.Parameter{{Name: "user", Value: d.to.user}}}
	if d.to.database != "" {
		m.Parameters = append(m.Parameters, wire.Parameter{Name: "database", Value: d.to.database})
	}
	m.Parameters = append(m.Parameters, wire.Parameter{Name: "application_name", Value: demoApplication},
		wire.Parameter{Name: "client_encoding", Value: demoEncoding})
	if err := d.send(m); err != nil {
		return err
	}
	if err := d.authenticate(); err != nil {
		return err
	}
	if err := d.until(wire.KindReadyForQuery); err != nil {
		return err
	}
	d.report.note("The notebook finds that a zero byte ends this message but no other. It is an empty name, which ends the list of names and " +
		"values; the lists of ErrorResponse, NoticeResponse and AuthenticationSASL end so too, all others begin with a count.")
	d.report.note("ReadyForQuery has the length 5, as the manual says: four bytes of length and one of status. The notebook " +
		"writes Int32(4) and holds the manual to be wrong; the bytes above say 5.")
	return nil
}

// The notebook's statements and its data.
const (
	createTable = "CREATE TEMPORARY TABLE my_temp_table (id SERIAL, data TEXT);"
	insertRows  = "INSERT INTO my_temp_table (data) VALUES\n" +
		"    ('Oooh'),\n" +
		"    ('Ahhh'),\n" +
		"    ('RC presentations are pretty cool right? We get to share some awesome information on stuff we would never do outside of RC.');\n"
	selectRows  = "SELECT id, data FROM my_temp_table;"
	selectByID  = "SELECT id, data FROM my_temp_table WHERE id = $1;"
	firstData   = "Oooh"
	secondData  = "Ahhh"
	thirdData   = "RC presentations are pretty cool right? We get to share some awesome information on stuff we would never do outside of RC."
	demoIDFirst = 1
	demoIDThird = 3
)

// simpleQueries creates, fills and reads a table.
func (d *demo) simpleQueries(context.Context) error {
	d.report.step("Simple queries", "Three Query messages create a temporary table, insert the notebook's three lines and select them; "+
		"each is one exchange.")
	for _, sql := range []string{createTable, insertRows, selectRows} {
		if err := d.send(&wire.Query{SQL: sql}); err != nil {
			return err
		}
		if err := d.until(wire.KindReadyForQuery); err != nil {
			return err
		}
	}
	columns, rows := d.rows()
	d.report.table(columns, rows)
	want := [][]string{{"1", firstData}, {"2", secondData}, {"3", thirdData}}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		return fmt.Errorf("selecting the table: got the rows %q, want %q", rows, want)
	}
	d.report.note("The notebook's send() prints one byte more than it sends: it adds a zero to what it prints, and one to the length it prints. " +
		"What it sends is right, because its strings bring their own zero.")
	d.report.note("The notebook's recv() splits the reply at zero bytes and drops the empty pieces. That is readable, but lengths, counts and " +
		"NULLs are gone; and one recv() returns what has arrived, which may be half a message or ten of them.")
	return nil
}

// flight sends the notebook's parameterized query twice, in one write.
func (d *demo) flight(context.Context) error {
	d.report.step("Six messages in one flight", "Parse prepares a statement, Bind gives it the parameter 1 in binary form, Execute runs it; "+
		"Bind and Execute again for 3; Sync ends the flight. All six leave in one write, and the replies come in their order.")
	bind := func(id byte) *wire.Bind {
		return &wire.Bind{ParamFormats: []wire.Format{wire.BinaryFormat}, Params: [][]byte{{0, 0, 0, id}}}
	}
	err := d.send(&wire.Parse{SQL: selectByID}, bind(demoIDFirst), &wire.Execute{}, bind(demoIDThird), &wire.Execute{}, &wire.Sync{})
	if err != nil {
		return err
	}
	if err := d.until(wire.KindReadyForQuery); err != nil {
		return err
	}
	d.matches()
	_, rows := d.rows()
	want := [][]string{{"1", firstData}, {"3", thirdData}}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		return fmt.Errorf("selecting by id: got the rows %q, want %q", rows, want)
	}
	d.report.note("Nobody told the type of $1: Parse lists no types, and the flight has no Describe. The server finds int4 because id is one, " +
		"and takes the four bytes as such. No RowDescription comes either, for only Describe asks for one.")
	d.report.note("The notebook reads the text format as UTF-8. It is in the session's client_encoding, which this start set to UTF8.")
	return nil
}

// matches shows which reply answers which message of the flight.
func (d *demo) matches() {
	if d.report.flags.json || d.report.flags.pqtrace {
		return
	}
	for i := range d.messages {
		m := &d.messages[i]
		if m.From != wire.Frontend {
			continue
		}
		var replies []string
		for j := range d.messages {
			if a := &d.messages[j]; a.From == wire.Backend && a.Request == m.Number {
				replies = append(replies, a.Name())
			}
		}
		d.report.printf("  message %-3d %-9s is answered by  %s\n", m.Number, m.Name(), strings.Join(replies, ", "))
	}
	d.report.printf("\n")
}

// syncAlone sends nothing but Sync.
func (d *demo) syncAlone(context.Context) error {
	d.report.step("Sync alone", "A Sync with nothing before it has nothing to end; ReadyForQuery answers all the same.")
	if err := d.send(&wire.Sync{}); err != nil {
		return err
	}
	return d.until(wire.KindReadyForQuery)
}

// goodbye ends the session.
func (d *demo) goodbye(context.Context) error {
	d.report.step("The end", "Terminate has no reply: the server closes the connection, and reading gives the end of file.")
	if err := d.send(&wire.Terminate{}); err != nil {
		return err
	}
	return d.end()
}
