package render_test

import (
	"bytes"
	"testing"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// FuzzFaces shows a conversation of arbitrary bytes with all faces: nothing
// panics, each face keeps its promises, and what is written is in proportion to
// what was sent. Each chunk of the input is a byte for the side, two for the
// length, and the bytes.
func FuzzFaces(f *testing.F) {
	for _, chunks := range conversations() {
		f.Add(pack(chunks))
	}
	for l := range wire.Layouts() {
		b := encode([]wire.Message{wire.Example(l.Kind)})
		f.Add(pack(started(chunk{wire.Frontend, b}, chunk{wire.Backend, b})))
		f.Add(pack(append(replicating()[:4], front(&wire.CopyData{Data: b}), back(&wire.CopyData{Data: b}))))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var c render.Conversation
		var size countWriter
		messages := 0
		for _, k := range unpack(input) {
			var b wire.Buffer
			b.Write(k.bytes)
			for len(b.Unread()) > 0 && messages < 1000 {
				fr, ok, err := b.Next(c.Session().Phase(k.from))
				if !ok || err != nil {
					fr = broken(b.Unread(), c.Session().Phase(k.from))
					b.Discard()
				}
				m := c.Message(k.from, fr, time.Time{})
				check(t, &m)
				messages++
				for _, face := range faces {
					if err := face.face(&size, &m, render.Options{Whole: true, Color: true}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if most := 10_000*messages + 2_000*len(input); int(size) > most {
			t.Errorf("%d bytes in %d messages became %d", len(input), messages, size)
		}
	})
}

// countWriter counts what is written.
type countWriter int

func (c *countWriter) Write(p []byte) (int, error) {
	*c += countWriter(len(p))
	return len(p), nil
}

func pack(chunks []chunk) []byte {
	var b bytes.Buffer
	for _, k := range chunks {
		b.Write([]byte{byte(k.from), byte(len(k.bytes) >> 8), byte(len(k.bytes))})
		b.Write(k.bytes)
	}
	return b.Bytes()
}

func unpack(b []byte) []chunk {
	var chunks []chunk
	for len(b) > 3 {
		n := min(int(b[1])<<8|int(b[2]), len(b)-3)
		side := wire.Frontend
		if b[0]&2 != 0 {
			side = wire.Backend
		}
		chunks = append(chunks, chunk{side, b[3 : 3+n]})
		b = b[3+n:]
	}
	return chunks
}
