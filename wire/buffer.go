package wire

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strconv"
)

// Phase is where a conversation stands as far as it decides what the next
// message looks like and how long it may be.
type Phase uint8

// The phases, named by whose messages are read.
const (
	// PhaseBackend: any message of a backend, once it is authenticated.
	PhaseBackend Phase = iota
	// PhaseFrontend: any message of a frontend, once it is authenticated.
	PhaseFrontend
	// PhaseStartup: a frontend's messages without type byte.
	PhaseStartup
	// PhaseAnswer: the single byte that answers SSLRequest or GSSENCRequest,
	// or an ErrorResponse in its place.
	PhaseAnswer
	// PhaseBackendAuth: a backend's messages before AuthenticationOk, when
	// nobody knows yet who it is.
	PhaseBackendAuth
	// PhaseFrontendAuth: a frontend's messages before AuthenticationOk.
	PhaseFrontendAuth
)

// Limits of a message's length word by phase, in bytes. They are those of
// PostgreSQL's own server and library: a length beyond them is not data but
// lost synchronisation, or an attack.
const (
	MaxStartup       = 10004 // server: MAX_STARTUP_PACKET_LENGTH, which does not count the length word
	MaxShortFrontend = 10000 // server: types that have no reason to be long
	MaxShortBackend  = 30000 // libpq: types that have no reason to be long
	MaxAuthBackend   = 2000  // libpq: authentication requests, version negotiation
	MaxAuthError     = 30000 // libpq: an error before authentication
	MaxAuthFrontend  = 65535 // server: PG_MAX_AUTH_TOKEN_LENGTH
)

// minAuthBackend is the least length word that libpq takes for an answer
// before authentication: room for a code.
const minAuthBackend = 8

// Frame is one message as it stands in a [Buffer].
type Frame struct {
	Type byte   // the type byte; 0 in PhaseStartup and PhaseAnswer
	Msg  []byte // the whole message, header included
	Body []byte // what follows the header
}

const (
	bufferSize = 8 << 10  // to begin with, and after long messages
	bufferKeep = 64 << 10 // what is kept between messages
	keepFills  = 64       // how many times a larger buffer is filled without need before it is given back
	leastFill  = 2 << 10  // room that Fill reads into at least
	fewBytes   = 1 << 10  // as many unread ones are moved to the front for each Fill, so that it brings all there is
)

// Buffer cuts a stream of bytes into messages. It holds what has arrived and
// was not read yet, and grows as bytes arrive, whatever length a message
// claims: it never has room for more than four times the most bytes that it
// held, those of the last Write or Fill included, during the last 64 of these
// calls, or for 64 KiB. The zero Buffer is ready for use. It is not safe for
// concurrent use.
//
// Invariant: 0 <= r <= w <= len(buf).
type Buffer struct {
	// Max is the greatest length word that is accepted; 0 for [MaxMessage].
	Max int

	buf   []byte
	r, w  int   // unread bytes are buf[r:w]
	base  int64 // bytes that were read before buf[0]
	spare int   // calls of reserve since the buffer last needed more than bufferKeep
	more  bool  // the last Fill left no room: there is more to be had at once
}

// Offset returns how many bytes were read, as messages, or discarded since the
// start.
func (b *Buffer) Offset() int64 { return b.base + int64(b.r) }

// Unread returns the bytes that have arrived and were not read. They are
// valid until the next call of Fill, Write or ReadFrame. Whoever begins TLS
// must refuse bytes that came along with the answer to SSLRequest: nobody
// vouches for them.
func (b *Buffer) Unread() []byte { return b.buf[b.r:b.w] }

// Discard throws away all bytes that were not read.
func (b *Buffer) Discard() { b.r = b.w }

// Trim gives back room for more than keep bytes, unless there are bytes that
// were not read. It is for whoever knows that nothing will come for a while.
// Frames stay valid.
func (b *Buffer) Trim(keep int) {
	if len(b.buf) > keep && b.r == b.w {
		b.base += int64(b.r)
		b.buf, b.r, b.w, b.spare, b.more = nil, 0, 0, 0, false
	}
}

// Write adds bytes that have arrived. It never fails.
func (b *Buffer) Write(p []byte) (int, error) {
	b.reserve(len(p))
	b.w += copy(b.buf[b.w:], p)
	return len(p), nil
}

// Fill reads once from r. Frames taken before are no longer valid. Like the
// Reader it may return both a number of bytes and an error; a Reader that
// claims more bytes than there was room for is one that makes no progress.
func (b *Buffer) Fill(r io.Reader) (int, error) {
	room := leastFill
	if b.more {
		room = max(room, min(2*len(b.buf), bufferKeep-(b.w-b.r)))
	}
	b.reserve(room)
	n, err := r.Read(b.buf[b.w:])
	if n < 0 || n > len(b.buf)-b.w {
		return 0, io.ErrNoProgress
	}
	b.w += n
	b.more = b.w == len(b.buf)
	return n, err
}

// reserve makes room for n more bytes: by moving what is unread to the front
// if that is little or frees half of the buffer, else by growing to twice the size.
func (b *Buffer) reserve(n int) {
	unread := b.w - b.r
	if unread == 0 {
		b.base += int64(b.r)
		b.r, b.w = 0, 0
	}
	size := len(b.buf)
	if b.tooLarge(unread + n) {
		size = 0
	} else if size-b.w >= n && (b.r == 0 || unread > fewBytes) {
		return
	}
	to := b.buf
	if size = grown(size, unread, n); size != len(b.buf) {
		to = make([]byte, size)
	}
	copy(to, b.buf[b.r:b.w])
	b.base += int64(b.r)
	b.buf, b.r, b.w = to, 0, unread
}

// grown returns the size of a buffer, at least the size given, that has room
// for n more bytes and is not more than half full of those it holds.
func grown(size, unread, n int) int {
	size = max(size, bufferSize)
	for size-unread < n || unread > size/2 {
		if size > math.MaxInt/4 { // on a 32-bit machine: a message near 1 GiB
			return unread + max(n, unread/4)
		}
		size *= 2
	}
	return size
}

// tooLarge reports whether a large buffer has long been larger than needed.
func (b *Buffer) tooLarge(need int) bool {
	b.spare++
	if len(b.buf) <= bufferKeep || need > bufferKeep {
		b.spare = 0
	}
	if b.spare < keepFills {
		return false
	}
	b.spare = 0
	return true
}

// Next returns the next message, if all of it has arrived. The frame is valid
// until the next call of Fill, Write or ReadFrame. A header that no message of
// the phase can have is a [*SyntaxError]; nothing is read then, and the
// connection is of no more use.
func (b *Buffer) Next(p Phase) (f Frame, ok bool, err error) {
	size, header, err := b.peek(p)
	if err != nil || size == 0 || size > b.w-b.r {
		return Frame{}, false, err
	}
	end := b.r + size
	f.Msg = b.buf[b.r:end:end]
	f.Body = f.Msg[header:]
	if header == 5 {
		f.Type = f.Msg[0]
	}
	b.r = end
	return f, true, nil
}

// NextOf is Next for the messages of one type that come by the million in an
// established session: it returns the body of the next message if it is of that
// type, well formed, and all there. Else nothing is read, and Next tells what it is.
func (b *Buffer) NextOf(typ byte) (body []byte, ok bool) {
	head := b.buf[b.r:b.w]
	if len(head) < 5 || head[0] != typ {
		return nil, false
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > uint32(b.max()) || int(n) >= len(head) {
		return nil, false
	}
	b.r += int(n) + 1
	return head[5 : n+1 : n+1], true
}

// NextSmall is Next in PhaseBackend for messages that are short enough for any
// type and all there, which nearly all are, without the cost of a Frame. Else
// nothing is read, and Next tells what there is.
func (b *Buffer) NextSmall() (typ byte, body []byte, ok bool) {
	head := b.buf[b.r:b.w]
	if len(head) < 5 {
		return 0, nil, false
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > min(uint32(b.max()), MaxShortFrontend) || int(n) >= len(head) {
		return 0, nil, false
	}
	b.r += int(n) + 1
	return head[0], head[5 : n+1 : n+1], true
}

// peek returns the size of the next message and of its header, or 0 when the
// header has not arrived.
func (b *Buffer) peek(p Phase) (size, header int, err error) {
	head := b.buf[b.r:b.w]
	switch p {
	case PhaseAnswer:
		if len(head) == 0 || head[0] != 'E' {
			return min(1, len(head)), 0, nil
		}
		p = PhaseBackendAuth
	case PhaseStartup:
		if len(head) < 4 {
			return 0, 4, nil
		}
		n := binary.BigEndian.Uint32(head)
		if n < 8 || n > MaxStartup {
			return 0, 4, lengthError(0, n, 8, MaxStartup)
		}
		return int(n), 4, nil
	}
	if len(head) > 0 && p >= PhaseBackendAuth {
		// Now, so that nobody waits for the rest of what is no message.
		if err := checkType(p, head[0]); err != nil {
			return 0, 5, err
		}
	}
	if len(head) < 5 {
		return 0, 5, nil
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n < 4 || n > min(uint32(b.max()), MaxShortFrontend) || p >= PhaseBackendAuth {
		if err := b.check(p, head[0], n); err != nil {
			return 0, 5, err
		}
	}
	return int(n) + 1, 5, nil
}

// checkType refuses a type byte that cannot come before authentication.
func checkType(p Phase, typ byte) error {
	switch {
	case p == PhaseFrontendAuth && typ != 'p':
		return typeError(typ, "only a reply to the authentication request can come")
	case p == PhaseBackendAuth && typ != 'R' && typ != 'v' && typ != 'E':
		return typeError(typ, "only an authentication request, a version negotiation or an error can come; "+
			"perhaps this is no PostgreSQL server")
	}
	return nil
}

// check compares a length word with what the phase allows.
func (b *Buffer) check(p Phase, typ byte, n uint32) error {
	least, most := uint32(4), uint32(MaxMessage)
	switch {
	case p == PhaseBackendAuth && typ == 'E':
		least, most = minAuthBackend, MaxAuthError
	case p == PhaseBackendAuth:
		least, most = minAuthBackend, MaxAuthBackend
	case p == PhaseFrontendAuth, p == PhaseFrontend && typ == 'p':
		most = MaxAuthFrontend
	case p == PhaseFrontend && !isLarge(frontendKinds, typ):
		most = MaxShortFrontend
	case p == PhaseBackend && !isLarge(backendKinds, typ):
		most = MaxShortBackend
	}
	if most = min(most, uint32(b.max())); n < least || n > most {
		return lengthError(typ, n, least, most)
	}
	return nil
}

func (b *Buffer) max() int {
	if b.Max > 0 {
		return min(b.Max, MaxMessage)
	}
	return MaxMessage
}

func isLarge(kinds *[256]Kind, typ byte) bool {
	k := kinds[typ]
	return k != 0 && catalog[k].Large
}

func typeError(typ byte, problem string) error {
	return &SyntaxError{Message: "message", Field: "type " + strconv.QuoteRune(rune(typ)), Size: 5,
		Problem: "before authentication " + problem}
}

func lengthError(typ byte, n, least, most uint32) error {
	e := &SyntaxError{Message: "message", Field: "length", Size: 4}
	if typ != 0 {
		e.Message += " of type " + strconv.QuoteRune(rune(typ))
		e.Offset, e.Size = 1, 5
	}
	e.Problem = "is " + strconv.FormatInt(int64(int32(n)), 10) + ", not " +
		strconv.Itoa(int(least)) + " to " + strconv.Itoa(int(most))
	return e
}

// ReadFrame returns the next message, reading from r as often as it takes.
// The frame is valid until the next call. At the end of the stream it returns
// io.EOF between messages and io.ErrUnexpectedEOF inside of one.
func (b *Buffer) ReadFrame(r io.Reader, p Phase) (Frame, error) {
	for idle := 0; ; {
		if f, ok, err := b.Next(p); ok || err != nil {
			return f, err
		}
		n, err := b.Fill(r)
		if n > 0 {
			idle = 0
			continue
		}
		if err == io.EOF && b.r < b.w {
			return Frame{}, io.ErrUnexpectedEOF
		}
		if err != nil {
			return Frame{}, err
		}
		if idle++; idle == 100 {
			return Frame{}, io.ErrNoProgress
		}
	}
}

// Clone returns a copy of the frame that stays valid.
func (f Frame) Clone() Frame {
	header := len(f.Msg) - len(f.Body)
	f.Msg = slices.Clone(f.Msg)
	f.Body = f.Msg[header:]
	return f
}
