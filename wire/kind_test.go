package wire

import "testing"

func TestKindString(t *testing.T) {
	for k, want := range map[Kind]string{
		KindBind: "Bind", KindLogicalBegin: "Begin", KindStreamStart: "StreamStart", KindXLogData: "XLogData",
		0: "Kind(0)", kindCount: "Kind(" + number(int64(kindCount)) + ")", 255: "Kind(255)",
	} {
		if got := k.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNew(t *testing.T) {
	for l := range Layouts() {
		m, again := New(l.Kind), New(l.Kind)
		if m.Kind() != l.Kind {
			t.Errorf("New(%v) is a %v", l.Kind, m.Kind())
		}
		if len(flatten(m)) > 0 && m == again {
			t.Errorf("New(%v) gives the same message twice", l.Kind)
		}
	}
	for _, k := range []Kind{0, kindCount, 255} {
		if New(k) != nil {
			t.Errorf("New(%v) is a message", k)
		}
	}
}

// Each sample is identified by its bytes and the context, as a reader does it.
func TestIdentify(t *testing.T) {
	for _, s := range samples {
		k, l := s.msg.Kind(), LayoutOf(s.msg.Kind())
		for _, from := range []Side{Frontend, Backend} {
			want := k
			if l.From&from == 0 {
				continue
			}
			var got Kind
			switch {
			case l.Envelope == Typed:
				got = Identify(from, l.Type, s.body(), s.context)
			case l.Envelope == Untyped:
				got = IdentifyUntyped(s.body())
			case k >= KindLogicalBegin:
				got = IdentifyLogical([]byte(s.bytes))
			case l.Envelope == Embedded:
				got = IdentifyPayload(from, []byte(s.bytes), s.context)
			default:
				continue // a bare byte is known by its place
			}
			if got != want {
				t.Errorf("%v/%s from the %v is taken for %v", k, s.name, from, got)
			}
		}
	}
}

func TestIdentifyPassword(t *testing.T) {
	for asked, want := range map[Kind]Kind{
		0: KindPasswordMessage, KindPasswordMessage: KindPasswordMessage, KindQuery: KindPasswordMessage,
		KindSASLInitialResponse: KindSASLInitialResponse, KindSASLResponse: KindSASLResponse, KindGSSResponse: KindGSSResponse,
	} {
		if got := Identify(Frontend, 'p', nil, Context{Password: asked}); got != want {
			t.Errorf("after %v: got %v, want %v", asked, got, want)
		}
	}
}

// Bytes that mean nothing are no message: types that only the other side has,
// sides that are none, empty data.
func TestIdentifyNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		got  Kind
	}{
		{"a frontend's DataRow is Describe", Identify(Frontend, 'D', nil, Context{}) - KindDescribe},
		{"a frontend's ReadyForQuery", Identify(Frontend, 'Z', nil, Context{})},
		{"a backend's Query", Identify(Backend, 'Q', nil, Context{})},
		{"a backend's password", Identify(Backend, 'p', nil, Context{})},
		{"a type that nobody has", Identify(Backend, '?', nil, Context{})},
		{"type 0", Identify(Frontend, 0, nil, Context{})},
		{"no side", Identify(0, 'Q', nil, Context{})},
		{"both sides", Identify(Both, 'Q', nil, Context{})},
		{"no payload", IdentifyPayload(Backend, nil, physical)},
		{"no payload of pgoutput", IdentifyLogical(nil)},
		{"a COPY that looks like a log", IdentifyPayload(Backend, []byte("w"), Context{})},
		{"a standby's log", IdentifyPayload(Frontend, []byte("w"), physical)},
		{"a server's feedback", IdentifyPayload(Backend, []byte("h"), logical)},
		{"a client's archive", IdentifyPayload(Frontend, []byte("n"), backup)},
		{"a log in a backup", IdentifyPayload(Backend, []byte("w"), backup)},
		{"pgoutput without XLogData", IdentifyPayload(Backend, []byte("B"), logical)},
		{"a type that pgoutput does not have", IdentifyLogical([]byte("Z"))},
	} {
		if c.got != 0 {
			t.Errorf("%s is taken for %v", c.name, c.got)
		}
	}
}

func TestIdentifyUntyped(t *testing.T) {
	for body, want := range map[string]Kind{
		"\x04\xd2\x16\x2e": KindCancelRequest, "\x04\xd2\x16\x2f": KindSSLRequest, "\x04\xd2\x16\x30": KindGSSENCRequest,
		"\x04\xd2\x16\x31": KindStartupMessage, "\x00\x03\x00\x00": KindStartupMessage, "\x04\xd2\x16": KindStartupMessage,
		"": KindStartupMessage, "\x00\x02\x00\x00user\x00": KindStartupMessage,
	} {
		if got := IdentifyUntyped([]byte(body)); got != want {
			t.Errorf("%q: got %v, want %v", body, got, want)
		}
	}
}

// The constants are in the order of their groups, without holes: Example and
// the tables by type byte rely on it.
func TestKindOrder(t *testing.T) {
	for _, c := range []struct {
		first, last Kind
		envelopes   string
	}{
		{KindStartupMessage, KindCancelRequest, "untyped"},
		{KindSSLResponse, KindGSSENCResponse, "bare"},
		{KindNegotiateProtocolVersion, KindCopyFail, "typed"},
		{KindXLogData, KindStreamPrepare, "embedded"},
	} {
		want := map[string]Envelope{"untyped": Untyped, "bare": Bare, "typed": Typed, "embedded": Embedded}[c.envelopes]
		for k := c.first; k <= c.last; k++ {
			if LayoutOf(k).Envelope != want {
				t.Errorf("%v is not %s", k, c.envelopes)
			}
		}
	}
	if KindStartupMessage != 1 || KindStreamPrepare != kindCount-1 {
		t.Error("the first or the last kind is another")
	}
}
