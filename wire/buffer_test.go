package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// header is the first five bytes of a message, or four without a type.
func header(typ byte, length uint32) []byte {
	var b []byte
	if typ != 0 {
		b = append(b, typ)
	}
	return binary.BigEndian.AppendUint32(b, length)
}

// packet is a message of the length with any body.
func packet(typ byte, length uint32) []byte {
	b := header(typ, length)
	return append(b, make([]byte, int(length)-4)...)
}

// The first test shows how a Buffer is used: bytes in, frames out.
func TestBuffer(t *testing.T) {
	var b Buffer
	stream := slices.Concat(packet('Q', 9), packet('S', 4))
	b.Write(stream[:7])
	if _, ok, err := b.Next(PhaseFrontend); ok || err != nil {
		t.Fatalf("a frame from half a message: %t, %v", ok, err)
	}
	if b.Offset() != 0 || !bytes.Equal(b.Unread(), stream[:7]) {
		t.Errorf("unread are %x from %d", b.Unread(), b.Offset())
	}
	b.Write(stream[7:])
	f, ok, err := b.Next(PhaseFrontend)
	if !ok || err != nil || f.Type != 'Q' || !bytes.Equal(f.Msg, stream[:10]) || !bytes.Equal(f.Body, stream[5:10]) {
		t.Errorf("the first frame is %+v, %t, %v", f, ok, err)
	}
	if b.Offset() != 10 {
		t.Errorf("10 bytes were read, not %d", b.Offset())
	}
	f, ok, err = b.Next(PhaseFrontend)
	if !ok || err != nil || f.Type != 'S' || len(f.Msg) != 5 || len(f.Body) != 0 {
		t.Errorf("the second frame is %+v, %t, %v", f, ok, err)
	}
	if _, ok, err = b.Next(PhaseFrontend); ok || err != nil {
		t.Errorf("a third frame: %t, %v", ok, err)
	}
}

type limit struct {
	phase       Phase
	typ         byte
	least, most uint32
}

// The limits of each phase, by type. The numbers stand here once more, so
// that a change of a constant is seen.
var limits = []limit{
	{PhaseStartup, 0, 8, 10004},
	{PhaseBackendAuth, 'R', 8, 2000},
	{PhaseBackendAuth, 'v', 8, 2000},
	{PhaseBackendAuth, 'E', 8, 30000},
	{PhaseAnswer, 'E', 8, 30000},
	{PhaseFrontendAuth, 'p', 4, 65535},
	{PhaseFrontend, 'p', 4, 65535},
	{PhaseFrontend, 'S', 4, 10000},
	{PhaseFrontend, 'X', 4, 10000},
	{PhaseFrontend, 'E', 4, 10000},
	{PhaseFrontend, 'D', 4, 10000},
	{PhaseFrontend, 'C', 4, 10000},
	{PhaseFrontend, 'c', 4, 10000},
	{PhaseFrontend, 'f', 4, 10000},
	{PhaseFrontend, '?', 4, 10000},
	{PhaseFrontend, 'Q', 4, 1<<30 - 1},
	{PhaseFrontend, 'P', 4, 1<<30 - 1},
	{PhaseFrontend, 'B', 4, 1<<30 - 1},
	{PhaseFrontend, 'F', 4, 1<<30 - 1},
	{PhaseFrontend, 'd', 4, 1<<30 - 1},
	{PhaseBackend, 'Z', 4, 30000},
	{PhaseBackend, 'C', 4, 30000},
	{PhaseBackend, 'S', 4, 30000},
	{PhaseBackend, 'K', 4, 30000},
	{PhaseBackend, 'R', 4, 30000},
	{PhaseBackend, '?', 4, 30000},
	{PhaseBackend, 'D', 4, 1<<30 - 1},
	{PhaseBackend, 'T', 4, 1<<30 - 1},
	{PhaseBackend, 't', 4, 1<<30 - 1},
	{PhaseBackend, 'd', 4, 1<<30 - 1},
	{PhaseBackend, 'E', 4, 1<<30 - 1},
	{PhaseBackend, 'N', 4, 1<<30 - 1},
	{PhaseBackend, 'A', 4, 1<<30 - 1},
	{PhaseBackend, 'V', 4, 1<<30 - 1},
}

func TestBufferLimits(t *testing.T) {
	for _, l := range limits {
		name := fmt.Sprintf("%s %q", phaseNames[l.phase], rune(l.typ))
		for n, fine := range map[uint32]bool{
			l.least - 1: false, l.least: true, l.least + 1: true,
			l.most - 1: true, l.most: true, l.most + 1: false,
			0: false, 1<<31 - 1: false, 1 << 31: false, 1<<32 - 1: false,
		} {
			var b Buffer
			b.Write(header(l.typ, n))
			_, ok, err := b.Next(l.phase)
			if fine && err != nil || !fine && err == nil || ok && n > 4 {
				t.Errorf("%s: length %d: %t, %v", name, n, ok, err)
			}
			if !fine {
				checkLengthError(t, name, l, n, err)
			}
			if len(b.buf) > bufferSize {
				t.Errorf("%s: length %d: a buffer of %d bytes for %d that arrived", name, n, len(b.buf), b.w)
			}
		}
	}
}

func checkLengthError(t *testing.T, name string, l limit, n uint32, err error) {
	t.Helper()
	e, ok := errors.AsType[*SyntaxError](err)
	if !ok {
		t.Errorf("%s: %v is no SyntaxError", name, err)
		return
	}
	want := &SyntaxError{Message: fmt.Sprintf("message of type %q", rune(l.typ)), Field: "length", Offset: 1, Size: 5,
		Problem: fmt.Sprintf("is %d, not %d to %d", int32(n), l.least, l.most)}
	if l.typ == 0 {
		want.Message, want.Offset, want.Size = "message", 0, 4
	}
	if *e != *want {
		t.Errorf("%s: %+v, want %+v", name, *e, *want)
	}
}

// What is at the limit is a frame, not only its header.
func TestBufferLongest(t *testing.T) {
	for _, l := range limits {
		if l.most > MaxAuthFrontend {
			l.most = 100000
		}
		var b Buffer
		msg := packet(l.typ, l.most)
		b.Write(msg)
		f, ok, err := b.Next(l.phase)
		if !ok || err != nil || f.Type != l.typ || !bytes.Equal(f.Msg, msg) {
			t.Errorf("%s %q of length %d: %t, %v", phaseNames[l.phase], rune(l.typ), l.most, ok, err)
		}
	}
}

// Max lowers the limits; it raises none.
func TestBufferMax(t *testing.T) {
	for _, c := range []struct {
		max    int
		phase  Phase
		typ    byte
		length uint32
		fine   bool
	}{
		{100, PhaseBackend, 'D', 100, true},
		{100, PhaseBackend, 'D', 101, false},
		{100, PhaseBackend, 'Z', 101, false},
		{100, PhaseFrontendAuth, 'p', 101, false},
		{50000, PhaseBackend, 'Z', 30001, false},
		{1 << 30, PhaseBackend, 'D', 1 << 30, false},
		{-1, PhaseBackend, 'D', 1<<30 - 1, true},
		{6, PhaseBackendAuth, 'R', 8, false},
	} {
		b := Buffer{Max: c.max}
		b.Write(header(c.typ, c.length))
		if _, _, err := b.Next(c.phase); (err == nil) != c.fine {
			t.Errorf("Max %d, %s %q of length %d: %v", c.max, phaseNames[c.phase], rune(c.typ), c.length, err)
		}
	}
}

// Before authentication the first byte decides: what cannot begin a message is
// refused before anybody waits for more of it.
func TestBufferBeforeAuthentication(t *testing.T) {
	for typ := range 256 {
		for phase, fine := range map[Phase]string{PhaseBackendAuth: "RvE", PhaseFrontendAuth: "p"} {
			var b Buffer
			b.Write([]byte{byte(typ)})
			_, ok, err := b.Next(phase)
			want := typ < 128 && strings.Contains(fine, string(rune(typ)))
			if ok || (err == nil) != want {
				t.Errorf("%s %q: %t, %v", phaseNames[phase], rune(typ), ok, err)
			}
			if e, ok := errors.AsType[*SyntaxError](err); ok && (e.Offset != 0 || e.Size != 5 || e.Message != "message" ||
				e.Field != fmt.Sprintf("type %q", rune(typ)) || !strings.HasPrefix(e.Problem, "before authentication only")) {
				t.Errorf("%s %q: %v", phaseNames[phase], rune(typ), e)
			}
		}
	}
	var b Buffer
	b.Write([]byte("HTTP/1.1 400 Bad Request"))
	if _, _, err := b.Next(PhaseBackendAuth); err == nil || !strings.Contains(err.Error(), "perhaps this is no PostgreSQL server") {
		t.Errorf("an HTTP server: %v", err)
	}
}

// The answer to a request for encryption is a byte, or an error.
func TestBufferAnswer(t *testing.T) {
	for _, answer := range []byte("SNGx\x00") {
		var b Buffer
		if _, ok, err := b.Next(PhaseAnswer); ok || err != nil {
			t.Errorf("an answer from nothing: %t, %v", ok, err)
		}
		b.Write([]byte{answer, 'R'})
		f, ok, err := b.Next(PhaseAnswer)
		if !ok || err != nil || f.Type != 0 || string(f.Msg) != string(rune(answer)) || string(f.Body) != string(rune(answer)) {
			t.Errorf("%q: %+v, %t, %v", answer, f, ok, err)
		}
		if string(b.Unread()) != "R" {
			t.Errorf("%q came along unseen", b.Unread())
		}
	}
	var b Buffer
	msg := mustAppend(t, Example(KindErrorResponse))
	b.Write(msg[:len(msg)-1])
	if _, ok, err := b.Next(PhaseAnswer); ok || err != nil {
		t.Errorf("half an error: %t, %v", ok, err)
	}
	b.Write(msg[len(msg)-1:])
	if f, ok, err := b.Next(PhaseAnswer); !ok || err != nil || f.Type != 'E' || !bytes.Equal(f.Msg, msg) {
		t.Errorf("an error: %+v, %t, %v", f, ok, err)
	}
}

// A length is a claim. Memory is for the bytes that came.
func TestBufferGrowsAsBytesArrive(t *testing.T) {
	var b Buffer
	b.Write(header('D', MaxMessage))
	chunk := make([]byte, 1000)
	held := 5
	for held < 1<<20 {
		b.Write(chunk)
		held += len(chunk)
		if _, ok, err := b.Next(PhaseBackend); ok || err != nil {
			t.Fatalf("%t, %v", ok, err)
		}
		if len(b.buf) > max(4*held, bufferKeep) {
			t.Fatalf("room for %d bytes while there are %d", len(b.buf), held)
		}
	}
}

// A buffer that was large for one message does not stay so, whether or not
// the messages after that end where the reads do.
func TestBufferShrinks(t *testing.T) {
	for _, ahead := range []int64{0, 500} {
		var b Buffer
		if _, err := b.ReadFrame(bytes.NewReader(packet('D', 1<<22)), PhaseBackend); err != nil {
			t.Fatal(err)
		}
		if len(b.buf) < 1<<22 {
			t.Fatalf("a message of 4 MiB in %d bytes", len(b.buf))
		}
		stream := bytes.NewReader(bytes.Repeat(packet('D', 999), 2*keepFills))
		fills := 0
		for size := 1000 + ahead; len(b.buf) > bufferKeep; size = 1000 {
			if _, err := b.Fill(io.LimitReader(stream, size)); err != nil {
				t.Fatalf("it is still %d bytes after %d fills: %v", len(b.buf), fills, err)
			}
			fills++
			drain(t, &b, PhaseBackend)
		}
		if fills > keepFills+1 {
			t.Errorf("it took %d fills", fills)
		}
	}
}

// A buffer stays large while large messages keep coming.
func TestBufferKeeps(t *testing.T) {
	var b Buffer
	msg := packet('D', 1<<18)
	for i := range 3 * keepFills {
		b.Write(msg)
		drain(t, &b, PhaseBackend)
		if i > 0 && len(b.buf) < len(msg) {
			t.Fatalf("%d bytes are left of the buffer", len(b.buf))
		}
	}
	allocs := testing.AllocsPerRun(keepFills, func() {
		b.Write(msg)
		drain(t, &b, PhaseBackend)
	})
	if allocs != 0 {
		t.Errorf("%v allocations a message", allocs)
	}
}

func drain(t testing.TB, b *Buffer, p Phase) (n int) {
	t.Helper()
	for {
		_, ok, err := b.Next(p)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return n
		}
		n++
	}
}

// On a 32-bit machine twice the size of a buffer may be more than an int.
func TestGrown(t *testing.T) {
	for _, c := range []struct{ size, unread, n, want int }{
		{0, 0, 1, bufferSize},
		{0, 0, bufferSize, bufferSize},
		{0, 0, bufferSize + 1, 2 * bufferSize},
		{bufferSize, bufferSize / 2, 1, bufferSize},
		{bufferSize, bufferSize/2 + 1, 1, 2 * bufferSize},
		{1 << 16, 10, leastFill, 1 << 16},
	} {
		if got := grown(c.size, c.unread, c.n); got != c.want {
			t.Errorf("grown(%d, %d, %d) is %d, want %d", c.size, c.unread, c.n, got, c.want)
		}
	}
	const most = int(^uint(0) >> 1)
	for _, unread := range []int{most/4 + 1, most/2 - leastFill, most / 2} {
		if got := grown(most/4+1, unread, leastFill); got < unread+leastFill {
			t.Errorf("%d unread bytes in a buffer of %d", unread, got)
		}
	}
}

// Frames stay as they are while more of them are taken, and only so long.
func TestFrameValidity(t *testing.T) {
	var b Buffer
	var stream []byte
	for i := range 50 {
		stream = append(append(stream, header('D', 4+100)...), bytes.Repeat([]byte{byte(i)}, 100)...)
	}
	b.Write(stream)
	var frames, clones []Frame
	for {
		f, ok, err := b.Next(PhaseBackend)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		frames = append(frames, f)
		clones = append(clones, f.Clone())
	}
	for i, f := range frames {
		want := bytes.Repeat([]byte{byte(i)}, 100)
		if !bytes.Equal(f.Body, want) || cap(f.Msg) != len(f.Msg) {
			t.Fatalf("frame %d: body %x, room for %d", i, f.Body, cap(f.Msg))
		}
	}
	b.Write(bytes.Repeat([]byte{0xff}, len(stream)))
	for i, f := range clones {
		if f.Type != 'D' || !bytes.Equal(f.Body, bytes.Repeat([]byte{byte(i)}, 100)) || &f.Body[0] != &f.Msg[5] {
			t.Fatalf("clone %d: %+v", i, f)
		}
	}
	if bytes.Equal(frames[1].Body, clones[1].Body) {
		t.Error("the buffer was not used again: this test shows nothing")
	}
}

// Discarded bytes count as read.
func TestBufferDiscard(t *testing.T) {
	var b Buffer
	b.Write(slices.Concat(packet('Z', 5), []byte("more")))
	drain(t, &b, PhaseBackend)
	b.Discard()
	if b.Offset() != 10 || len(b.Unread()) != 0 {
		t.Errorf("offset %d, %d unread", b.Offset(), len(b.Unread()))
	}
	b.Write(packet('Z', 5))
	if drain(t, &b, PhaseBackend) != 1 || b.Offset() != 16 {
		t.Errorf("offset %d", b.Offset())
	}
}

// The ends of a stream, between messages and inside of one.
func TestReadFrameEnd(t *testing.T) {
	msg := packet('D', 100)
	for cut := range len(msg) + 1 {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"whole":      func(r io.Reader) io.Reader { return r },
			"bytes":      iotest.OneByteReader,
			"halves":     iotest.HalfReader,
			"data & err": iotest.DataErrReader,
		} {
			var b Buffer
			r := wrap(bytes.NewReader(slices.Concat(msg, msg[:cut])))
			if f, err := b.ReadFrame(r, PhaseBackend); err != nil || !bytes.Equal(f.Msg, msg) {
				t.Fatalf("%s, %d: %+v, %v", name, cut, f, err)
			}
			f, err := b.ReadFrame(r, PhaseBackend)
			want := io.ErrUnexpectedEOF
			switch cut {
			case 0:
				want = io.EOF
			case len(msg):
				want = nil
			}
			if err != want || want == nil && !bytes.Equal(f.Msg, msg) {
				t.Errorf("%s, %d: %v, want %v", name, cut, err, want)
			}
		}
	}
}

// A reader's error is returned as it is, after the messages before it.
func TestReadFrameError(t *testing.T) {
	broken := errors.New("the cable was cut")
	r := io.MultiReader(bytes.NewReader(packet('Z', 5)), iotest.ErrReader(broken))
	var b Buffer
	if f, err := b.ReadFrame(r, PhaseBackend); err != nil || f.Type != 'Z' {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := b.ReadFrame(r, PhaseBackend); err != broken {
		t.Errorf("%v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A reader that never says anything, or more than it can have, is given up.
func TestReadFrameNoProgress(t *testing.T) {
	reads := 0
	silent := readerFunc(func([]byte) (int, error) { reads++; return 0, nil })
	if _, err := new(Buffer).ReadFrame(silent, PhaseBackend); err != io.ErrNoProgress || reads != 100 {
		t.Errorf("%v after %d reads", err, reads)
	}
	for _, claim := range []int{-1, 1 << 30} {
		liar := readerFunc(func([]byte) (int, error) { return claim, nil })
		var b Buffer
		if _, err := b.ReadFrame(liar, PhaseBackend); err != io.ErrNoProgress || len(b.Unread()) != 0 {
			t.Errorf("a reader that claims %d bytes: %v, %d unread", claim, err, len(b.Unread()))
		}
	}
}

// A wrong header ends the reading, and stays in the buffer.
func TestReadFrameMalformed(t *testing.T) {
	var b Buffer
	r := bytes.NewReader(slices.Concat(packet('Z', 5), header('Z', 3)))
	if _, err := b.ReadFrame(r, PhaseBackend); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := b.ReadFrame(r, PhaseBackend)
		if err == nil || err.Error() != "wire: malformed message of type 'Z': length at byte 1 of 5: is 3, not 4 to 30000" {
			t.Errorf("%v", err)
		}
	}
	if b.Offset() != 6 || !bytes.Equal(b.Unread(), header('Z', 3)) {
		t.Errorf("offset %d, unread %x", b.Offset(), b.Unread())
	}
}

// In steady state, messages cost no allocation.
func TestBufferAllocations(t *testing.T) {
	stream := bytes.Repeat(slices.Concat(packet('D', 700), packet('C', 13), packet('Z', 5)), 10)
	var b Buffer
	r := bytes.NewReader(nil)
	n := testing.AllocsPerRun(100, func() {
		r.Reset(stream)
		for range 30 {
			if _, err := b.ReadFrame(r, PhaseBackend); err != nil {
				t.Fatal(err)
			}
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// slowSplit is what a Buffer does, written so that it is plainly right: all
// frames of the stream, and the first header that is wrong.
func slowSplit(stream []byte, p Phase) (frames [][]byte, wrong bool) {
	for len(stream) > 0 {
		typed, phase := 1, p
		if p == PhaseStartup {
			typed = 0
		}
		if p == PhaseAnswer {
			if stream[0] != 'E' {
				frames, stream = append(frames, stream[:1]), stream[1:]
				continue
			}
			phase = PhaseBackendAuth
		}
		if phase == PhaseBackendAuth && !bytes.ContainsRune([]byte("RvE"), rune(stream[0])) ||
			phase == PhaseFrontendAuth && stream[0] != 'p' {
			return frames, true
		}
		if len(stream) < typed+4 {
			break
		}
		length := binary.BigEndian.Uint32(stream[typed:])
		least, most := slowLimits(phase, stream[0])
		if length < least || length > most {
			return frames, true
		}
		if uint64(len(stream)) < uint64(typed)+uint64(length) {
			break
		}
		end := typed + int(length)
		frames, stream = append(frames, stream[:end]), stream[end:]
	}
	return frames, false
}

// slowLimits are the limits of a header, from the table above.
func slowLimits(p Phase, typ byte) (least, most uint32) {
	if p == PhaseStartup {
		typ = 0
	}
	for _, l := range limits {
		if l.phase == p && (l.typ == typ || l.typ == '?') {
			least, most = l.least, l.most
			if l.typ == typ {
				return least, most
			}
		}
	}
	return least, most
}

// FuzzBuffer cuts a stream where it likes: the frames are those of slowSplit.
func FuzzBuffer(f *testing.F) {
	f.Add(slices.Concat(packet('Q', 9), packet('S', 4)), byte(PhaseFrontend), uint64(1))
	f.Add(slices.Concat(packet('D', 9), packet('Z', 5), header('D', MaxMessage)), byte(PhaseBackend), uint64(2))
	f.Add(packet(0, 8), byte(PhaseStartup), uint64(3))
	f.Add(append([]byte("N"), packet('E', 9)...), byte(PhaseAnswer), uint64(4))
	f.Add(packet('R', 8), byte(PhaseBackendAuth), uint64(5))
	f.Add(packet('p', 8), byte(PhaseFrontendAuth), uint64(6))
	f.Add(slices.Concat(packet('D', 70000), bytes.Repeat(packet('D', 40), 9), header('D', 3)), byte(PhaseBackend), uint64(7))
	f.Fuzz(func(t *testing.T, stream []byte, phase byte, seed uint64) {
		p := Phase(phase) % (PhaseFrontendAuth + 1)
		want, wrong := slowSplit(stream, p)
		cutting := rand.New(rand.NewPCG(seed, 0))
		var b Buffer
		var err error
		read, rest := 0, stream
		for err == nil {
			n := min(len(rest), cutting.IntN(1+cutting.IntN(1+len(stream))))
			b.Write(rest[:n])
			rest = rest[n:]
			var frame Frame
			for ok := true; ok && err == nil; {
				if frame, ok, err = b.Next(p); ok {
					if len(want) == 0 || !bytes.Equal(frame.Msg, want[0]) {
						t.Fatalf("frame %x at %d, want %x", frame.Msg, read, want)
					}
					read += len(frame.Msg)
					want = want[1:]
				}
			}
			if b.Offset() != int64(read) || len(b.buf) > max(4*len(stream), bufferKeep) {
				t.Fatalf("offset %d after %d bytes; room for %d", b.Offset(), read, len(b.buf))
			}
			if len(rest) == 0 {
				break
			}
		}
		if len(want) > 0 || (err != nil) != wrong {
			t.Fatalf("%d frames are missing; %v, want an error: %t", len(want), err, wrong)
		}
	})
}
