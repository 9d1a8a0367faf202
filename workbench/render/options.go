package render

import (
	"io"

	"github.com/fatih/color"
)

// Options say how the faces write.
type Options struct {
	// Secrets writes passwords, proofs, tokens and cancel keys, which are
	// masked otherwise.
	Secrets bool
	// Color writes terminal colours.
	Color bool
	// Whole writes long values to their end, which Hex and Line cut
	// otherwise.
	Whole bool
	// Doc writes what each message is for.
	Doc bool
	// Regress writes PQtrace's regress mode: what differs from run to run is
	// replaced.
	Regress bool
	// Timestamps writes when each message was seen, where the face has a
	// place for it and the time is known.
	Timestamps bool
}

// Face writes a message to w.
type Face func(w io.Writer, m *Message, o Options) error

// theme is the colours of what people read.
type theme struct {
	front, back, name, typ, value, dim, bad *color.Color
}

func (o Options) theme() *theme {
	t := &theme{
		front: color.New(color.FgCyan, color.Bold),
		back:  color.New(color.FgGreen, color.Bold),
		name:  color.New(color.FgBlue),
		typ:   color.New(color.FgMagenta),
		value: color.New(color.FgYellow),
		dim:   color.New(color.Faint),
		bad:   color.New(color.FgRed, color.Bold),
	}
	for _, c := range []*color.Color{t.front, t.back, t.name, t.typ, t.value, t.dim, t.bad} {
		if o.Color {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
	}
	return t
}

// side returns the colour of the message's sender.
func (t *theme) side(m *Message) *color.Color {
	if m.Arrow() == "→" {
		return t.front
	}
	return t.back
}
