package render

import (
	"bytes"
	"strconv"

	"parley/wire"
)

// The attributes of SCRAM (RFC 5802, section 5.1).
var scramAttributes = map[byte]string{
	'a': "the user to act as",
	'n': "the user name, which PostgreSQL takes from the StartupMessage",
	'r': "the nonce: the client's part, then the server's",
	's': "the salt",
	'i': "how often the hash is iterated",
	'c': "the channel binding, in base64",
	'p': "the proof that the client knows the password",
	'v': "the signature that proves the server knows it too",
	'e': "the error",
	'm': "an extension that must be understood",
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
		ps = append(ps, length)
	}
	if len(data) == 0 {
		return ps
	}
	cuts, ok := scramCuts(m.Kind, data)
	if !ok {
		p := whole
		p.Start, p.bytes, p.masked = whole.Data, data, !secrets
		p.Data = p.Start
		if p.masked {
			p.text = "(masked)"
		} else {
			p.opaque()
		}
		return append(ps, p)
	}
	for i, at := range cuts {
		end := len(data)
		if i+1 < len(cuts) {
			end = cuts[i+1]
		}
		ps = append(ps, scramPart(whole, data, at, end, secrets))
	}
	return ps
}

// scramCuts returns where the attributes of a SCRAM message begin.
func scramCuts(k wire.Kind, data []byte) (cuts []int, ok bool) {
	at := 0
	if k == wire.KindSASLInitialResponse {
		at = gs2Header(data)
		if at < 0 {
			return nil, false
		}
		cuts = append(cuts, 0)
	}
	for at < len(data) {
		if at+1 >= len(data) || scramAttributes[data[at]] == "" || data[at+1] != '=' {
			return nil, false
		}
		cuts = append(cuts, at)
		comma := bytes.IndexByte(data[at:], ',')
		if comma < 0 {
			return cuts, true
		}
		at += comma + 1
	}
	return nil, false
}

// gs2Header returns the length of the header that begins a client's first
// message, up to its second comma, or -1. OAUTHBEARER has one too, and its
// attributes are not SCRAM's.
func gs2Header(data []byte) int {
	first := bytes.IndexByte(data, ',')
	if first < 0 {
		return -1
	}
	second := bytes.IndexByte(data[first+1:], ',')
	if second < 0 {
		return -1
	}
	return first + second + 2
}

func scramPart(whole part, data []byte, at, end int, secrets bool) part {
	p := part{Span: whole.Span, bytes: data[at:end]}
	p.Start, p.Data, p.End = whole.Data+at, whole.Data+at, whole.Data+end
	text := bytes.TrimSuffix(data[at:end], []byte(","))
	p.text, p.value = strconv.Quote(string(text)), string(text)
	p.chunks = true
	if len(text) < 2 || text[1] != '=' || scramAttributes[text[0]] == "" || at == 0 && text[0] == 'p' && bytes.Count(data[at:end], []byte(",")) > 1 {
		p.Name += ".gs2"
		p.note = gs2Note(text)
		return p
	}
	p.Name += "." + string(text[0])
	p.note = scramAttributes[text[0]]
	if text[0] == 'p' && !secrets {
		p.masked, p.chunks, p.value, p.text = true, false, nil, "(masked)"
	}
	return p
}

func gs2Note(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("n")):
		return "no channel binding"
	case bytes.HasPrefix(text, []byte("y")):
		return "the client could bind to the channel, but thinks that the server cannot"
	}
	return "bound to the channel"
}
