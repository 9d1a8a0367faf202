package pgtest

import (
	"encoding/binary"
	"slices"

	"parley/wire"
)

// Mangle changes a message on its way out: it gets the message and its bytes,
// which it may change, and returns what to send in their place. Nil sends
// nothing; longer bytes add to the message. From the first message that it
// changes on, neither side is held to the order of the protocol.
type Mangle func(m wire.Message, encoded []byte) []byte

// MangleKind returns a Mangle for the messages of one kind; others are sent as
// they are. A nil change leaves them out.
//
//	pgtest.PeerConfig{Mangle: pgtest.MangleKind(wire.KindReadyForQuery, nil)}
func MangleKind(k wire.Kind, change func(encoded []byte) []byte) Mangle {
	return func(m wire.Message, encoded []byte) []byte {
		switch {
		case m.Kind() != k:
			return encoded
		case change == nil:
			return nil
		}
		return change(encoded)
	}
}

// WithLength returns a copy of an encoded message with another length word. A
// message shorter than its header is returned as it is.
func WithLength(encoded []byte, length uint32) []byte {
	b := slices.Clone(encoded)
	if at := lengthAt(b); at+4 <= len(b) {
		binary.BigEndian.PutUint32(b[at:], length)
	}
	return b
}

// WithType returns a copy of an encoded message with another type byte.
func WithType(encoded []byte, typ byte) []byte {
	b := slices.Clone(encoded)
	if len(b) > 0 {
		b[0] = typ
	}
	return b
}

// Truncated returns the first n bytes of an encoded message, with a length word
// that fits them: a message with fields missing, rather than one of which the
// rest is still to come, as encoded[:n] is.
func Truncated(encoded []byte, n int) []byte {
	b := encoded[:min(n, len(encoded))]
	at := lengthAt(b)
	return WithLength(b, uint32(len(b)-at))
}

// lengthAt is where the length word of a message stands: at the beginning of
// those that open a connection, which all begin with a zero byte.
func lengthAt(b []byte) int {
	if len(b) > 0 && b[0] == 0 {
		return 0
	}
	return 1
}
