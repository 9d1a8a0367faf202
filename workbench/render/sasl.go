package render

import (
	"bytes"
	"strings"

	"parley/wire"
)

// The attributes of SCRAM (RFC 5802, section 5.1).
var scramAttributes = map[byte]string{
	'n': "the user name, which PostgreSQL takes from the StartupMessage",
	'r': "the nonce: the client's part, then the server's",
	's': "the salt",
	'i': "how often the hash is iterated",
	'c': "the channel binding, in base64",
	'p': "the proof that the client knows the password",
	'v': "the signature that proves the server knows it too",
	'e': "the error",
}

// scramOrders are the attributes that each message has, in their order. What
// looks otherwise is not taken for SCRAM: it may be a secret as a whole.
var scramOrders = map[wire.Kind][]string{
	wire.KindSASLInitialResponse:        {"nr"},
	wire.KindAuthenticationSASLContinue: {"rsi"},
	wire.KindSASLResponse:               {"crp"},
	wire.KindAuthenticationSASLFinal:    {"v", "e"},
}

// sasl takes the data of a SASL mechanism apart: SCRAM's into its attributes;
// that of any other is a secret as a whole.
func (m *Message) sasl(ps []part, whole part, secrets bool) []part {
	data := m.Raw[whole.Data:whole.End]
	if whole.Data > whole.Start {
		length := whole
		length.Name, length.End = whole.Name+".length", whole.Data
		length.bytes = m.Raw[whole.Start:whole.Data]
		length.integer()
		if whole.Int < 0 {
			length.note = "no data"
		}
		ps = append(ps, length)
	}
	if len(data) == 0 {
		return ps
	}
	whole.Start, whole.bytes = whole.Data, data
	pieces := m.scram(data)
	if m.secret(whole.Span) || pieces == nil {
		whole.opaque()
		if !secrets {
			whole.mask()
		}
		return append(ps, whole)
	}
	for i, n := range pieces {
		ps = append(ps, whole.scramPiece(n, i == 0 && m.Kind == wire.KindSASLInitialResponse, secrets))
		whole.Start, whole.bytes = whole.Start+n, whole.bytes[n:]
	}
	return ps
}

// scram returns the sizes of the pieces of a SCRAM message: of the first
// message's header, and of each attribute with the comma after it. It returns
// nil for what is not a SCRAM message.
func (m *Message) scram(data []byte) (sizes []int) {
	if bytes.IndexFunc(data, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		return nil
	}
	if m.Kind == wire.KindSASLInitialResponse {
		n := gs2Header(data)
		if n < 0 || !bytes.HasPrefix(m.Raw[min(5, len(m.Raw)):], []byte("SCRAM-")) {
			return nil
		}
		sizes, data = append(sizes, n), data[n:]
	}
	var order []byte
	for piece := range bytes.SplitAfterSeq(data, []byte(",")) {
		if len(piece) < 2 || piece[1] != '=' {
			return nil
		}
		order = append(order, piece[0])
		sizes = append(sizes, len(piece))
	}
	for _, o := range scramOrders[m.Kind] {
		if string(order) == o && data[len(data)-1] != ',' {
			return sizes
		}
	}
	return nil
}

// gs2Header returns the length of the header that begins a client's first
// message: the flag for channel binding and the user to act as, each with the
// comma after it. It returns -1 when there is none.
func gs2Header(data []byte) int {
	flag, rest, _ := bytes.Cut(data, []byte(","))
	user, _, ok := bytes.Cut(rest, []byte(","))
	switch {
	case !ok, len(user) > 0 && !bytes.HasPrefix(user, []byte("a=")):
		return -1
	case string(flag) == "n", string(flag) == "y", bytes.HasPrefix(flag, []byte("p=")):
		return len(flag) + len(user) + 2
	}
	return -1
}

// scramPiece returns the first n bytes of a SCRAM message, a header or an
// attribute, as a part of their own.
func (p part) scramPiece(n int, header, secrets bool) part {
	p.bytes = p.bytes[:n]
	p.End, p.Data, p.Int = p.Start+n, p.Start, 0
	text := p.bytes
	if !header {
		text = bytes.TrimSuffix(text, []byte(","))
	}
	p.value, p.text, p.chunks = string(text), quote(text), true
	if header {
		p.Name += ".gs2"
		p.note = gs2Note(string(text))
		return p
	}
	p.Name += "." + string(rune(text[0]))
	p.note = scramAttributes[text[0]]
	if !secrets && (text[0] == 'p' || text[0] == 'v') {
		p.mask() // either lets one try passwords
		p.chunks = false
	}
	return p
}

func gs2Note(header string) string {
	switch {
	case strings.HasPrefix(header, "n"):
		return "no channel binding"
	case strings.HasPrefix(header, "y"):
		return "the client could bind to the channel, but thinks that the server cannot"
	}
	return "bound to the channel"
}
