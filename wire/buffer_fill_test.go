package wire

import "testing"

// NextOf gives the bodies of one type and leaves everything else to Next.
func TestBufferNextOf(t *testing.T) {
	var b Buffer
	if _, ok := b.NextOf('D'); ok {
		t.Error("an empty buffer has a message")
	}
	_, _ = b.Write([]byte("D\x00\x00\x00\x06\x00\x00D\x00\x00\x00\x04C\x00\x00\x00\x05\x00D\x00\x00\x00\x06\x00"))
	for _, want := range []string{"\x00\x00", ""} {
		if body, ok := b.NextOf('D'); !ok || string(body) != want || cap(body) != len(body) {
			t.Errorf("got %q, %v, want %q", body, ok, want)
		}
	}
	if body, ok := b.NextOf('D'); ok {
		t.Errorf("got %q of another type", body)
	}
	if f, ok, err := b.Next(PhaseBackend); !ok || err != nil || f.Type != 'C' {
		t.Errorf("got %q, %v, %v", f.Msg, ok, err)
	}
	if body, ok := b.NextOf('D'); ok {
		t.Errorf("got %q of which half is there", body)
	}
	b.Discard()
	_, _ = b.Write([]byte("D\x00\x00\x00\x03\x00\x00\x00"))
	if _, ok := b.NextOf('D'); ok {
		t.Error("a message that is shorter than its length was taken")
	}
	if _, _, err := b.Next(PhaseBackend); err == nil {
		t.Error("its length was not refused")
	}
}

// A buffer that is filled to the brim makes more room, up to what it keeps.
func TestBufferFillGrows(t *testing.T) {
	var b Buffer
	most := 0
	for range 20 {
		n, err := b.Fill(brim{})
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
		b.Discard()
	}
	if most < 32<<10 || most > 64<<10 {
		t.Errorf("at most %d bytes were read at once", most)
	}
}

// brim gives as many bytes as it is asked for.
type brim struct{}

func (brim) Read(p []byte) (int, error) { return len(p), nil }

// Trim gives back a large buffer at once, but no byte that was not read.
func TestBufferTrim(t *testing.T) {
	var b Buffer
	b.Trim(0)
	b.Write(packet('D', 1<<20))
	f, ok, err := b.Next(PhaseBackend)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	b.Write(packet('Z', 5)[:3])
	if b.Trim(0); len(b.Unread()) != 3 {
		t.Fatalf("%d bytes are left of 3", len(b.Unread()))
	}
	b.Write(packet('Z', 5)[3:])
	drain(t, &b, PhaseBackend)
	size, offset := len(b.buf), b.Offset()
	if b.Trim(size); len(b.buf) != size {
		t.Errorf("%d bytes are left of %d that are to be kept", len(b.buf), size)
	}
	if b.Trim(size - 1); len(b.buf) != 0 || b.Offset() != offset || offset != 1<<20+1+6 {
		t.Errorf("%d bytes are left, at %d, which was %d", len(b.buf), b.Offset(), offset)
	}
	if len(f.Body) != 1<<20-4 {
		t.Errorf("the frame has %d bytes", len(f.Body))
	}
	b.Write(packet('Z', 5))
	if f, ok, err := b.Next(PhaseBackend); !ok || err != nil || f.Type != 'Z' {
		t.Errorf("%v, %v, %v", f, ok, err)
	}
}

// A backend sends 8 KB at a time, whatever messages these are parts of. Each piece
// takes one read, but for those at first that show how large they are.
func TestBufferFillBringsWholePieces(t *testing.T) {
	const pieces, size = 1000, 8 << 10
	for _, row := range []uint32{10, 75, 700, 1000} {
		var stream []byte
		for len(stream) < pieces*size {
			stream = append(stream, packet('D', row)...)
		}
		source := &inPieces{rest: stream[:pieces*size], size: size}
		var b Buffer
		for len(source.rest) > 0 {
			if _, err := b.Fill(source); err != nil {
				t.Fatal(err)
			}
			for _, ok := b.NextOf('D'); ok; _, ok = b.NextOf('D') {
			}
		}
		if source.reads > pieces+3 || len(b.buf) > 4*size {
			t.Errorf("rows of %d bytes: %d reads for %d pieces, into %d bytes", row, source.reads, pieces, len(b.buf))
		}
	}
}

// inPieces is a socket that has one piece at a time.
type inPieces struct {
	rest              []byte
	size, left, reads int
}

func (p *inPieces) Read(b []byte) (int, error) {
	if p.left == 0 {
		p.left = p.size
	}
	n := copy(b, p.rest[:min(p.left, len(p.rest))])
	p.rest, p.left, p.reads = p.rest[n:], p.left-n, p.reads+1
	return n, nil
}
