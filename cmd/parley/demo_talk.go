package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// demo is one run of the conversation.
type demo struct {
	to     target
	report *report

	conn     net.Conn
	talk     *render.Conversation
	buf      *wire.Buffer
	messages []render.Message // of the step at hand
}

// connect opens a fresh connection.
func (d *demo) connect(ctx context.Context) error {
	dialer := net.Dialer{Timeout: demoPatience}
	conn, err := dialer.DialContext(ctx, d.to.network, d.to.address)
	if err != nil {
		return fmt.Errorf("connecting to %s: %w", d.to.display, err)
	}
	d.conn, d.talk, d.buf = conn, &render.Conversation{}, &wire.Buffer{}
	return nil
}

// send writes messages at once and shows each.
func (d *demo) send(ms ...wire.Message) error {
	var flight []byte
	var ends []int
	for _, m := range ms {
		var err error
		if flight, err = m.Append(flight); err != nil {
			return err
		}
		ends = append(ends, len(flight))
	}
	if err := d.write(flight); err != nil {
		return err
	}
	at, start := time.Now(), 0
	for _, end := range ends {
		d.show(wire.Frontend, frame(flight[start:end], d.talk.Session().Phase(wire.Frontend)), at)
		start = end
	}
	return nil
}

// frame makes a frame of one whole message.
func frame(msg []byte, p wire.Phase) wire.Frame {
	if p == wire.PhaseStartup {
		return wire.Frame{Msg: msg, Body: msg[4:]}
	}
	return wire.Frame{Type: msg[0], Msg: msg, Body: msg[5:]}
}

func (d *demo) write(b []byte) error {
	if err := d.conn.SetDeadline(time.Now().Add(demoPatience)); err != nil {
		return err
	}
	if _, err := d.conn.Write(b); err != nil {
		return fmt.Errorf("sending to %s: %w", d.to.display, err)
	}
	return nil
}

func (d *demo) show(from wire.Side, f wire.Frame, at time.Time) *render.Message {
	m := d.talk.Message(from, f, at)
	d.messages = append(d.messages, m)
	d.report.message(&m)
	return &d.messages[len(d.messages)-1]
}

// receive reads and shows one message.
func (d *demo) receive() (*render.Message, error) {
	if err := d.conn.SetDeadline(time.Now().Add(demoPatience)); err != nil {
		return nil, err
	}
	f, err := d.buf.ReadFrame(d.conn, d.talk.Session().Phase(wire.Backend))
	if err != nil {
		return nil, fmt.Errorf("reading from %s: %w", d.to.display, err)
	}
	return d.show(wire.Backend, f, time.Now()), nil
}

// until reads and shows messages up to the first of a kind.
func (d *demo) until(k wire.Kind) error {
	for {
		m, err := d.receive()
		if err != nil {
			return err
		}
		if m.Kind == wire.KindErrorResponse {
			return serverError(m)
		}
		if m.Kind == k {
			return nil
		}
	}
}

func serverError(m *render.Message) error {
	var e wire.ErrorResponse
	if err := e.Parse(m.Raw[5:]); err != nil {
		return err
	}
	return fmt.Errorf("the server says: %s: %s (%s)", e.Get(wire.FieldSeverity), e.Get(wire.FieldMessage), e.Get(wire.FieldSQLState))
}

// quiet reads until nothing has come for a while, and fails when something
// came.
func (d *demo) quiet() error {
	if err := d.conn.SetReadDeadline(time.Now().Add(demoSilence)); err != nil {
		return err
	}
	var b [64]byte
	n, err := d.conn.Read(b[:])
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("expected silence, got %d bytes (%q) and %v", n, b[:n], err)
	}
	d.report.silence(demoSilence.Milliseconds())
	return nil
}

// end reads the end of file.
func (d *demo) end() error {
	if err := d.conn.SetReadDeadline(time.Now().Add(demoPatience)); err != nil {
		return err
	}
	var b [64]byte
	if n, err := d.conn.Read(b[:]); n != 0 || err != io.EOF {
		return fmt.Errorf("expected the end of file, got %d bytes (%q) and %v", n, b[:n], err)
	}
	d.report.closed()
	return nil
}

// rows returns the columns and rows among the messages of the step.
func (d *demo) rows() (columns []string, rows [][]string) {
	for i := range d.messages {
		m := &d.messages[i]
		switch m.Kind {
		case wire.KindRowDescription:
			r := wire.ReadColumns(m.Raw[5:])
			for name, _, ok := r.Next(); ok; name, _, ok = r.Next() {
				columns = append(columns, string(name))
			}
		case wire.KindDataRow:
			var row []string
			r := wire.ReadRow(m.Raw[5:])
			for v, ok := r.Next(); ok; v, ok = r.Next() {
				row = append(row, string(v))
			}
			rows = append(rows, row)
		}
	}
	return columns, rows
}
