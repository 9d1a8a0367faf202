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
