package dial

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"parley/internal/scram"
	"parley/pgtest"
	"parley/wire"
)

// patience is how long a test waits for what must come at once.
const patience = 10 * time.Second

// listen serves each connection with a script and returns a connection string.
// The scripts end when their connections do.
func listen(t *testing.T, script func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.SetDeadline(time.Now().Add(2 * patience))
			script(conn)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	host, port, _ := net.SplitHostPort(l.Addr().String())
	return "host=" + host + " port=" + port + " user=u dbname=d password=" + rightPassword + " "
}

// takeUntyped reads one message without type byte.
func takeUntyped(conn net.Conn) []byte {
	head := make([]byte, 4)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil
	}
	body := make([]byte, binary.BigEndian.Uint32(head)-4)
	_, _ = io.ReadFull(conn, body)
	return body
}

// takeTyped reads one message with a type byte and returns its body.
func takeTyped(conn net.Conn) []byte {
	_, _ = io.ReadFull(conn, make([]byte, 1))
	return takeUntyped(conn)
}

func encode(msgs ...wire.Message) (out []byte) {
	for _, m := range msgs {
		var err error
		if out, err = m.Append(out); err != nil {
			return nil
		}
	}
	return out
}

// hold waits until the client hangs up.
func hold(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

// refuses connects to a hostile server and checks the error, and that it came
// without waiting.
func refuses(t *testing.T, dsn, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s, err := Connect(ctx, resolve(t, dsn), Settings{})
	if err == nil {
		_ = s.Conn.Close()
		t.Errorf("connected, want %q", want)
		return
	}
	if ctx.Err() != nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	noSecrets(t, err)
}

var (
	msgOk    = encode(&wire.AuthenticationOk{})
	msgReady = encode(&wire.ReadyForQuery{Status: wire.TxIdle})
	msgTrust = encode(&wire.AuthenticationOk{}, &wire.BackendKeyData{ProcessID: 1, Key: []byte("1234")}, &wire.ReadyForQuery{Status: wire.TxIdle})
)

func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func typed(typ byte, length uint32, body string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{typ}, length), body...)
}

func negotiate(v wire.Version, options ...string) []byte {
	return encode(&wire.NegotiateProtocolVersion{Version: v, Options: options})
}

// hostileStartups are answers to the startup packet, and what is in the error.
var hostileStartups = map[string]struct {
	send       []byte
	want, more string
}{
	"control":                {msgTrust, "connected", ""},
	"http":                   {[]byte("HTTP/1.1 400 Bad Request\r\n\r\n"), "no PostgreSQL server", ""},
	"ssh":                    {[]byte("SSH-2.0-x\r\n"), "no PostgreSQL server", ""},
	"length 0":               {typed('R', 0, ""), ": is 0", ""},
	"length 3":               {typed('R', 3, ""), ": is 3", ""},
	"length 7":               {typed('R', 7, "\x00\x00\x00"), ": is 7", ""},
	"length negative":        {typed('R', 0xffffffff, ""), ": is -1", ""},
	"long request":           {typed('R', 2001, ""), ": is 2001", ""},
	"huge request":           {typed('R', 1<<30, ""), ": is 1073741824", ""},
	"long negotiation":       {typed('v', 2001, ""), ": is 2001", ""},
	"long error":             {typed('E', 30001, ""), ": is 30001", ""},
	"error of version 2":     {[]byte("EFATAL:  too old\n\x00"), "length", ""},
	"malformed error":        {typed('E', 8, "Mab\x01"), "malformed ErrorResponse", ""},
	"notice too early":       {typed('N', 8, "\x00\x00\x00\x00"), "only an authentication request", ""},
	"setting too early":      {encode(&wire.ParameterStatus{Name: "a", Value: "b"}), "only an authentication request", ""},
	"ready too early":        {msgReady, "only an authentication request", ""},
	"unknown method":         {typed('R', 8, "\x00\x00\x00\x63"), "method 99", ""},
	"kerberos 5":             {encode(&wire.AuthenticationKerberosV5{}), "not supported", ""},
	"gssapi":                 {encode(&wire.AuthenticationGSS{}), "no provider", ""},
	"sspi":                   {encode(&wire.AuthenticationSSPI{}), "no provider", ""},
	"gssapi continued":       {encode(&wire.AuthenticationGSSContinue{Data: []byte("x")}), "not begun", ""},
	"sasl continued":         {encode(&wire.AuthenticationSASLContinue{Data: []byte("x")}), "not begun", ""},
	"sasl ended":             {encode(&wire.AuthenticationSASLFinal{Data: []byte("x")}), "not begun", ""},
	"no mechanism":           {encode(&wire.AuthenticationSASL{Mechanisms: []string{"PLAIN"}}), string(scram.NoMechanism), ""},
	"plus without tls":       {encode(&wire.AuthenticationSASL{Mechanisms: []string{scram.SHA256Plus, scram.SHA256}}), "not encrypted", ""},
	"plus, then oauth":       {encode(&wire.AuthenticationSASL{Mechanisms: []string{scram.SHA256Plus, mechOAuth}}), "not encrypted", ""},
	"malformed sasl":         {typed('R', 12, "\x00\x00\x00\x0aPLAI"), "malformed AuthenticationSASL", ""},
	"twice":                  {cat(encode(&wire.AuthenticationMD5Password{}), encode(&wire.AuthenticationCleartextPassword{})), "twice", ""},
	"negotiated up":          {negotiate(wire.Version(3<<16 | 2)), "newer", ""},
	"negotiated to 2":        {negotiate(wire.Version(2 << 16)), "older than 3.0", "max_protocol_version=3.2"},
	"negotiated to 3.1":      {negotiate(wire.Version(3<<16 | 1)), "3.1", "max_protocol_version=3.2"},
	"negotiated to 3.9999":   {negotiate(greaseVersion), "newer", "max_protocol_version=3.2"},
	"negotiated nothing":     {negotiate(wire.Version30), "without asking", ""},
	"negotiated nothing 3.2": {negotiate(wire.Version(3<<16 | 2)), "without asking", "max_protocol_version=3.2"},
	"negotiated twice":       {cat(negotiate(wire.Version30), negotiate(wire.Version30)), "twice", "max_protocol_version=3.2"},
	"below the minimum":      {negotiate(wire.Version30), "min_protocol_version", "min_protocol_version=3.2"},
	"option never sent":      {negotiate(wire.Version30, "_pq_.other"), "was not sent", "max_protocol_version=3.2"},
	"option of nobody":       {negotiate(wire.Version30, "other"), "_pq_.", "max_protocol_version=3.2"},
	"endless negotiation":    {typed('v', 12, "\x00\x03\x00\x00\xff\xff\xff\xff"), "NegotiateProtocolVersion", "max_protocol_version=3.2"},
	"key too long":           {cat(msgOk, encode(&wire.BackendKeyData{ProcessID: 1, Key: []byte("12345")}), msgReady), "keys of 4", ""},
	"key too short":          {cat(msgOk, typed('K', 11, "\x00\x00\x00\x01abc")), "malformed BackendKeyData", "max_protocol_version=3.2"},
	"key too long for 3.2":   {cat(msgOk, typed('K', 8+257, strings.Repeat("x", 261))), "malformed BackendKeyData", "max_protocol_version=3.2"},
	"key twice":              {cat(msgOk, encode(&wire.BackendKeyData{ProcessID: 1, Key: []byte("1234")}, &wire.BackendKeyData{ProcessID: 2, Key: []byte("1234")})), "twice", ""},
	"ok twice":               {cat(msgOk, msgOk), "no place", ""},
	"negotiated after ok":    {cat(msgOk, negotiate(wire.Version30)), "no place", "max_protocol_version=3.2"},
	"row after ok":           {cat(msgOk, encode(&wire.DataRow{})), "no place", ""},
	"notification after ok":  {cat(msgOk, encode(&wire.NotificationResponse{})), "no place", ""},
	"unknown after ok":       {cat(msgOk, typed('?', 4, "")), "no place", ""},
	"huge notice":            {cat(msgOk, typed('N', 1<<30-1, "")), "length", ""},
	"huge setting":           {cat(msgOk, typed('S', 30001, "")), ": is 30001", ""},
	"bad status":             {cat(msgOk, typed('Z', 4, "")), "malformed ReadyForQuery", ""},
	"error after ok":         {cat(msgOk, encode(pgtest.Fatal("53300", "too many clients"))), "too many clients (SQLSTATE 53300)", ""},
	"control characters":     {encode(pgtest.Fatal("28000", "a\nb\x1b[31mc")), "a b [31mc", ""},
}

// TestHostileStartup sends all kinds of bytes in answer to the startup packet
// and leaves the connection open.
func TestHostileStartup(t *testing.T) {
	for name, c := range hostileStartups {
		t.Run(name, func(t *testing.T) {
			dsn := listen(t, func(conn net.Conn) {
				takeUntyped(conn)
				_, _ = conn.Write(c.send)
				hold(conn)
			})
			if name != "control" {
				refuses(t, dsn+"sslmode=disable "+c.more, c.want)
				return
			}
			s, err := Connect(t.Context(), resolve(t, dsn+"sslmode=disable"), Settings{})
			if err != nil {
				t.Fatal(err)
			}
			_ = s.Conn.Close()
		})
	}
}

// TestHostileTLS answers the request for TLS in every wrong way.
func TestHostileTLS(t *testing.T) {
	for name, c := range map[string]struct {
		send []byte
		want string
	}{
		"bytes after S":   {append([]byte("S"), msgTrust...), "nobody vouches"},
		"one after S":     {[]byte("Sx"), "nobody vouches"},
		"bytes after N":   {[]byte("Nx"), "nobody vouches"},
		"error":           {encode(pgtest.Fatal("28000", "call 555-1234 for help")), "in place of an answer"},
		"start of error":  {[]byte("E"), "in place of an answer"},
		"another byte":    {[]byte("X"), "0x58"},
		"ok without TLS":  {msgTrust, "0x52"},
		"S, then garbage": {[]byte("S"), "tls"},
	} {
		for _, mode := range []string{"prefer", "require"} {
			t.Run(name+" "+mode, func(t *testing.T) {
				connections := 0
				dsn := listen(t, func(conn net.Conn) {
					connections++
					takeUntyped(conn)
					_, _ = conn.Write(c.send)
					if name == "S, then garbage" {
						_, _ = io.ReadFull(conn, make([]byte, 10))
						_, _ = conn.Write(bytes.Repeat([]byte("garbage"), 10))
					}
					hold(conn)
				})
				refuses(t, dsn+"sslmode="+mode, c.want)
				if strings.HasPrefix(name, "S,") == (connections == 1) && mode == "prefer" {
					t.Errorf("%d connections", connections)
				}
			})
		}
	}
	dsn := listen(t, func(conn net.Conn) {
		takeUntyped(conn)
		_, _ = conn.Write(encode(pgtest.Fatal("28000", "call 555-1234 for help")))
	})
	if _, err := Connect(t.Context(), resolve(t, dsn), Settings{}); err == nil || strings.Contains(err.Error(), "555") {
		t.Errorf("the text of nobody knows whom is shown: %v", err)
	}
}

// scramServer plays SCRAM up to a message that is changed.
func scramServer(conn net.Conn, first func(nonce string) string, then func(conn net.Conn)) {
	takeUntyped(conn)
	_, _ = conn.Write(encode(&wire.AuthenticationSASL{Mechanisms: []string{scram.SHA256}}))
	body := takeTyped(conn)
	m := new(wire.SASLInitialResponse)
	if m.Parse(body) != nil {
		return
	}
	f, err := scram.ParseClientFirst(m.Data)
	if err != nil {
		return
	}
	_, _ = conn.Write(encode(&wire.AuthenticationSASLContinue{Data: []byte(first(f.Nonce))}))
	if then != nil {
		takeTyped(conn)
		then(conn)
	}
	hold(conn)
}

// TestHostileScram has a server that cheats at SCRAM.
func TestHostileScram(t *testing.T) {
	good := func(nonce string) string { return "r=" + nonce + "more,s=c2FsdHNhbHQ=,i=1" }
	final := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = conn.Write(encode(&wire.AuthenticationSASLFinal{Data: []byte(text)}))
			_, _ = conn.Write(msgTrust)
		}
	}
	for name, c := range map[string]struct {
		first func(string) string
		then  func(net.Conn)
		want  string
	}{
		"nonce not extended":  {func(n string) string { return "r=" + n + ",s=c2FsdA==,i=4096" }, nil, string(scram.NonceMismatch)},
		"another nonce":       {func(string) string { return "r=abc,s=c2FsdA==,i=4096" }, nil, string(scram.NonceMismatch)},
		"endless iterations":  {func(n string) string { return "r=" + n + "x,s=c2FsdA==,i=2147483647" }, nil, string(scram.TooManyIterations)},
		"no iterations":       {func(n string) string { return "r=" + n + "x,s=c2FsdA==,i=0" }, nil, string(scram.BadIterations)},
		"empty":               {func(string) string { return "" }, nil, string(scram.Empty)},
		"no proof of its own": {good, func(conn net.Conn) { _, _ = conn.Write(msgTrust) }, "did not complete"},
		"wrong proof":         {good, final("v=" + strings.Repeat("A", 43) + "="), string(scram.SignatureMismatch)},
		"error":               {good, final("e=other-error"), "other-error"},
		"challenge again": {good, func(conn net.Conn) {
			_, _ = conn.Write(encode(&wire.AuthenticationSASLContinue{Data: []byte(good("x"))}))
		}, string(scram.OutOfOrder)},
		"final too early": {good, func(conn net.Conn) { _, _ = conn.Write(encode(&wire.AuthenticationCleartextPassword{})) }, "twice"},
	} {
		t.Run(name, func(t *testing.T) {
			dsn := listen(t, func(conn net.Conn) { scramServer(conn, c.first, c.then) })
			refuses(t, dsn+"sslmode=disable", c.want)
		})
	}
}

// TestIterations can be interrupted, and their limit moved.
func TestIterations(t *testing.T) {
	dsn := listen(t, func(conn net.Conn) {
		scramServer(conn, func(n string) string { return "r=" + n + "x,s=c2FsdA==,i=2147483647" }, nil)
	})
	cause := errors.New("had enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	defer stop.Stop()
	begun := time.Now()
	_, err := Connect(ctx, resolve(t, dsn+"sslmode=disable"), Settings{MaxIterations: -1})
	if !errors.Is(err, cause) || time.Since(begun) > patience {
		t.Errorf("after %v: %v", time.Since(begun), err)
	}
	_, err = Connect(t.Context(), resolve(t, dsn+"sslmode=disable connect_timeout=1"), Settings{MaxIterations: -1})
	if err == nil || !strings.Contains(err.Error(), "connect_timeout") {
		t.Errorf("got %v", err)
	}
}

// TestEndlessGreeting: a server that never gets ready is cut off, and nothing
// of what it sends piles up.
func TestEndlessGreeting(t *testing.T) {
	for name, m := range map[string]wire.Message{
		"settings": &wire.ParameterStatus{Name: strings.Repeat("n", 1000), Value: strings.Repeat("v", 20000)},
		"notices":  pgtest.Notice(strings.Repeat("x", 20000)),
		"auth":     &wire.NegotiateProtocolVersion{Version: wire.Version30},
	} {
		t.Run(name, func(t *testing.T) {
			var sent int
			dsn := listen(t, func(conn net.Conn) {
				takeUntyped(conn)
				if name != "auth" {
					_, _ = conn.Write(msgOk)
				}
				for part := encode(m); ; {
					n, err := conn.Write(part)
					sent += n
					if err != nil {
						return
					}
				}
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			want := "still not ready"
			if name == "auth" {
				want = "twice"
			}
			refuses(t, dsn+"sslmode=disable max_protocol_version=3.2", want)
			runtime.ReadMemStats(&after)
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 20*maxGreeting {
				t.Errorf("%d bytes were allocated", grown)
			}
		})
	}
}
