package render_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/wire"
	"parley/workbench/render"
)

// chunk is what one side sends at once. A step of a conversation.
type chunk struct {
	from  wire.Side
	bytes []byte
}

// front and back are what the two sides send.
func front(ms ...wire.Message) chunk { return chunk{wire.Frontend, encode(ms)} }
func back(ms ...wire.Message) chunk  { return chunk{wire.Backend, encode(ms)} }

// encode returns messages as bytes; one that cannot be encoded leaves a byte
// that no message begins with.
func encode(ms []wire.Message) []byte {
	var b []byte
	for _, m := range ms {
		out, err := m.Append(b)
		if err != nil {
			return fmt.Appendf(b, "\xff%v", err)
		}
		b = out
	}
	return b
}

// first is when a recorded conversation begins; each message is a millisecond
// after the one before it.
var first = time.Date(2026, 3, 1, 12, 30, 0, 250000, time.UTC)

// follow reads a conversation. Bytes that are no whole message are the last
// message of their chunk.
func follow(chunks []chunk) []render.Message {
	var c render.Conversation
	var ms []render.Message
	at := first
	for _, k := range chunks {
		var b wire.Buffer
		b.Write(k.bytes)
		for len(b.Unread()) > 0 {
			f, ok, err := b.Next(c.Session().Phase(k.from))
			if !ok || err != nil {
				f = broken(b.Unread(), c.Session().Phase(k.from))
				b.Discard()
			}
			m := c.Message(k.from, f, at)
			ms = append(ms, m)
			at = at.Add(time.Millisecond)
		}
	}
	return ms
}

// broken is bytes that are no message, as a frame.
func broken(b []byte, p wire.Phase) wire.Frame {
	header := 5
	if p == wire.PhaseStartup {
		header = 4
	}
	f := wire.Frame{Msg: b, Body: b[min(header, len(b)):]}
	if p != wire.PhaseStartup {
		f.Type = b[0]
	}
	return f
}

// show writes messages with a face.
func show(t testing.TB, face render.Face, ms []render.Message, o render.Options) string {
	t.Helper()
	var b bytes.Buffer
	for i := range ms {
		if err := face(&b, &ms[i], o); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// faces are all of them, by the suffix of their golden files.
var faces = []struct {
	name string
	face render.Face
}{{"hex", render.Hex}, {"line", render.Line}, {"trace", render.Trace}, {"jsonl", render.JSON}}

// conversations are the ones that the golden files show.
func conversations() map[string][]chunk {
	return map[string][]chunk{
		"notebook":    notebook(),
		"scram":       scram(),
		"md5":         login(&wire.AuthenticationMD5Password{Salt: [4]byte{1, 2, 3, 0xfe}}, &wire.PasswordMessage{Password: hashed}),
		"cleartext":   login(&wire.AuthenticationCleartextPassword{}, &wire.PasswordMessage{Password: cleartext}),
		"gss":         gss(),
		"oauth":       oauth(),
		"disorder":    disorder(),
		"encryption":  encryption(),
		"errors":      failures(),
		"values":      values(),
		"copy":        copying(),
		"replication": replicating(),
		"malformed":   malformed(),
	}
}

// ready ends the start of a session.
func ready() []wire.Message {
	return []wire.Message{
		&wire.AuthenticationOk{},
		&wire.ParameterStatus{Name: "server_version", Value: "18.4"},
		&wire.BackendKeyData{ProcessID: 4711, Key: []byte(cancelKey)},
		&wire.ReadyForQuery{Status: wire.TxIdle},
	}
}

func startup(ps ...wire.Parameter) chunk {
	return front(&wire.StartupMessage{Version: wire.Version30, Parameters: append([]wire.Parameter{{Name: "user", Value: "ada"}}, ps...)})
}

// started is a conversation whose session has started.
func started(more ...chunk) []chunk {
	return append([]chunk{startup(), back(ready()...)}, more...)
}

// notebook is simple queries, then a pipeline with binary parameters.
func notebook() []chunk {
	columns := &wire.RowDescription{Columns: []wire.Column{
		{Name: "id", Table: 16385, Attribute: 1, Type: 23, TypeSize: 4, TypeModifier: -1},
		{Name: "data", Table: 16385, Attribute: 2, Type: 25, TypeSize: -1, TypeModifier: -1},
	}}
	row := func(id, data string) *wire.DataRow { return &wire.DataRow{Values: [][]byte{[]byte(id), []byte(data)}} }
	bind := func(n byte) wire.Message {
		return &wire.Bind{ParamFormats: []wire.Format{wire.BinaryFormat}, Params: [][]byte{{0, 0, 0, n}}}
	}
	return []chunk{
		startup(wire.Parameter{Name: "application_name", Value: "just messing around"}, wire.Parameter{Name: "client_encoding", Value: "UTF8"}),
		back(ready()...),
		front(&wire.Query{SQL: "CREATE TEMPORARY TABLE my_temp_table (id SERIAL, data TEXT);"}),
		back(&wire.CommandComplete{Tag: "CREATE TABLE"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Query{SQL: "SELECT * FROM my_temp_table;"}),
		back(columns, row("1", "Oooh, some data!"), row("2", "And some more…"), &wire.CommandComplete{Tag: "SELECT 2"},
			&wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Parse{SQL: "SELECT data FROM my_temp_table WHERE id = $1;", ParamTypes: []uint32{23}},
			bind(1), &wire.Execute{}, bind(3), &wire.Execute{}, &wire.Sync{}),
		back(&wire.ParseComplete{},
			&wire.BindComplete{}, &wire.DataRow{Values: [][]byte{[]byte("Oooh, some data!")}}, &wire.CommandComplete{Tag: "SELECT 1"},
			&wire.BindComplete{}, &wire.CommandComplete{Tag: "SELECT 0"}, &wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Sync{}), back(&wire.ReadyForQuery{Status: wire.TxIdle}),
		front(&wire.Terminate{}),
	}
}

// The secrets of the conversations below.
const (
	cancelKey  = "\xc0\xde\x5a\x17"
	longKey    = "k9#QwZ!7vT$mLp2@xN8&bR5^cH1*yJ4%"
	cleartext  = "correct horse battery"
	hashed     = "md5a1b2c3d4e5f60718293a4b5c6d7e8f90"
	proof      = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	signature  = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
	token      = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"
	gssToken   = "\x60\x82\x02\x4a\x06\x09\x2a\x86\x48"
	otherToken = "\x00ada\x00plain-secret"
)

// scram is RFC 7677's example, with protocol 3.2's long cancel key.
func scram() []chunk {
	const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	return []chunk{
		front(&wire.StartupMessage{Version: wire.Version32, Parameters: []wire.Parameter{{Name: "user", Value: "ada"}}}),
		back(&wire.AuthenticationSASL{Mechanisms: []string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}}),
		front(&wire.SASLInitialResponse{Mechanism: "SCRAM-SHA-256", Data: []byte("n,,n=,r=rOprNGfwEbeRWgbNEkqO")}),
		back(&wire.AuthenticationSASLContinue{Data: []byte("r=" + nonce + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")}),
		front(&wire.SASLResponse{Data: []byte("c=biws,r=" + nonce + ",p=" + proof)}),
		back(&wire.AuthenticationSASLFinal{Data: []byte("v=" + signature)}, &wire.AuthenticationOk{},
			&wire.BackendKeyData{ProcessID: 4711, Key: []byte(longKey)}, &wire.ReadyForQuery{Status: wire.TxIdle}),
	}
}

// login is an authentication request, and one message that answers it.
func login(request, answer wire.Message) []chunk {
	return []chunk{startup(), back(request), front(answer), back(&wire.AuthenticationOk{})}
}

// gss is an exchange of tokens.
func gss() []chunk {
	return []chunk{
		startup(), back(&wire.AuthenticationGSS{}), front(&wire.GSSResponse{Data: []byte(gssToken)}),
		back(&wire.AuthenticationGSSContinue{Data: []byte(gssToken)}), front(&wire.GSSResponse{Data: []byte(gssToken)}),
		back(&wire.AuthenticationOk{}),
	}
}

// oauth is a bearer token, refused at first.
func oauth() []chunk {
	return []chunk{
		startup(), back(&wire.AuthenticationSASL{Mechanisms: []string{"OAUTHBEARER"}}),
		front(&wire.SASLInitialResponse{Mechanism: "OAUTHBEARER", Data: []byte("n,,\x01auth=Bearer " + token + "\x01\x01")}),
		back(&wire.AuthenticationSASLContinue{Data: []byte(`{"status":"invalid_token"}`)}), front(&wire.SASLResponse{Data: []byte("\x01")}),
	}
}

// disorder is passwords and the like at times when nobody asked for them, or
// for something else.
func disorder() []chunk {
	sasl := back(&wire.AuthenticationSASL{Mechanisms: []string{"PLAIN"}})
	return []chunk{
		startup(), sasl, front(&wire.PasswordMessage{Password: cleartext}), front(&wire.PasswordMessage{Password: hashed}),
		sasl, front(&wire.SASLInitialResponse{Mechanism: "PLAIN", Data: []byte(otherToken)}),
		sasl, front(&wire.SASLInitialResponse{Mechanism: "SCRAM-SHA-256", Data: []byte(otherToken)}),
		back(&wire.AuthenticationSASLContinue{Data: []byte(proof)}), front(&wire.PasswordMessage{Password: cleartext}),
		chunk{wire.Frontend, []byte("Y\x00\x00\x00\x19" + cleartext)},
	}
}

// encryption is what may come before the StartupMessage.
func encryption() []chunk {
	return []chunk{
		front(&wire.GSSENCRequest{}), back(&wire.GSSENCResponse{Answer: 'N'}),
		front(&wire.SSLRequest{}), back(&wire.SSLResponse{Answer: 'N'}),
		front(&wire.CancelRequest{ProcessID: 4711, Key: []byte(cancelKey)}),
	}
}

// failures is errors, what is skipped after them, and what may come unasked.
func failures() []chunk {
	response := []wire.ResponseField{
		{Code: 'S', Value: "ERROR"}, {Code: 'V', Value: "ERROR"}, {Code: 'C', Value: "22012"},
		{Code: 'M', Value: "division by zero"}, {Code: 'F', Value: "int.c"}, {Code: 'L', Value: "870"}, {Code: 'R', Value: "int4div"}}
	return started(
		front(&wire.Parse{Statement: "s1", SQL: "select 1 / $1"}, &wire.Describe{Object: wire.ObjectStatement, Name: "s1"},
			&wire.Bind{Statement: "s1", Params: [][]byte{[]byte("0")}}, &wire.Execute{}),
		back(&wire.ParseComplete{}, &wire.ParameterDescription{Types: []uint32{23}},
			&wire.RowDescription{Columns: []wire.Column{{Name: "?column?", Type: 23, TypeSize: 4, TypeModifier: -1}}},
			&wire.BindComplete{}, &wire.ErrorResponse{Fields: response}),
		front(&wire.Execute{MaxRows: 10}, &wire.Close{Object: wire.ObjectPortal, Name: "p"}, &wire.Flush{}, &wire.Sync{}),
		back(&wire.ReadyForQuery{Status: wire.TxIdle}),
		back(&wire.NoticeResponse{Fields: response[:4]}, &wire.NotificationResponse{ProcessID: 4712, Channel: "news", Payload: "two\nlines"}),
		back(&wire.BindComplete{}),
		front(&wire.PasswordMessage{Password: cleartext}),
		back(&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: 'S', Value: "FATAL"}, {Code: 'C', Value: "57P01"}, {Code: 'X', Value: "?"}}}),
	)
}

// copying is data both ways.
func copying() []chunk {
	return started(
		front(&wire.Query{SQL: "copy t from stdin"}), back(&wire.CopyInResponse{Columns: []wire.Format{0, 0}}),
		front(&wire.CopyData{Data: []byte("1\tone\n2\ttwo\n3\t\\N\n")}, &wire.CopyData{Data: []byte("4\tfo\xffur\n")},
			&wire.CopyData{}, &wire.CopyFail{Reason: "enough"}),
		back(&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: 'S', Value: "ERROR"}, {Code: 'C', Value: "57014"}}},
			&wire.ReadyForQuery{Status: wire.TxActive}),
		front(&wire.Query{SQL: "copy t to stdout (format binary)"}),
		back(&wire.CopyOutResponse{Format: 1, Columns: []wire.Format{1, 1}}, &wire.CopyData{Data: []byte("PGCOPY\n\xff\r\n\x00")},
			&wire.CopyDone{}, &wire.CommandComplete{Tag: "COPY 0"}, &wire.ReadyForQuery{Status: wire.TxFailed}),
	)
}

// malformed is messages that do not fit their layout.
func malformed() []chunk {
	cut := func(n int, m wire.Message) chunk {
		b := encode([]wire.Message{m})
		b = b[:len(b)-n]
		b[4] -= byte(n)
		return chunk{wire.Frontend, b}
	}
	bind := &wire.Bind{Statement: "s1", Params: [][]byte{[]byte("one"), []byte("two")}}
	return started(
		cut(4, bind), cut(1, &wire.Query{SQL: "select 1"}), cut(2, &wire.Describe{Object: 'Q', Name: "s"}),
		front(&wire.Describe{Object: 'Q', Name: "s"}),
		chunk{wire.Frontend, []byte("Y\x00\x00\x00\x08what")},
		chunk{wire.Backend, []byte("Z\x00\x00\x00\x06II")},
		chunk{wire.Backend, []byte("R\x00\x00\x00\x08\x00\x00\x00\x63")},
		chunk{wire.Frontend, []byte("???")},
	)
}

// long is a string of n bytes that are easy to find one's place in.
func long(n int) string { return strings.Repeat("0123456789 ", n/11+1)[:n] }
