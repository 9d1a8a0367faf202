package wire

import "testing"

var startupTrials = []trial{
	{"trust", `
		= phases startup backend-auth
		= version 0.0
		F StartupMessage 3.0 user=ada    | is start, flow 1
		= phases frontend-auth backend-auth
		= version 3.0
		= ready false
		B AuthenticationOk               | to start, flow 1
		= phases frontend backend
		B ParameterStatus TimeZone UTC   | to start
		B ParameterStatus TimeZone CET   | to start
		B BackendKeyData 4               | to start
		= setting TimeZone: CET true
		= setting DateStyle: false
		B NoticeResponse                 | to start
		B ReadyForQuery I                | to start, flow 1
		= ready true
	`},
	{"no cancel key", `
		F StartupMessage 3.0 user=ada
		B AuthenticationOk
		B ReadyForQuery I
		= ready true
	`},
	{"a query sent before ReadyForQuery", `
		F StartupMessage 3.0 user=ada
		B AuthenticationOk
		F Query select 1                 | is q, flow 2
		B ReadyForQuery I                | flow 1
		B CommandComplete SELECT 0       | to q, flow 2
		B ReadyForQuery I                | to q
	`},
	{"password", `
		F StartupMessage 3.0 user=ada
		= next Kind(0)
		B AuthenticationCleartextPassword
		= next PasswordMessage
		F PasswordMessage                | flow 1, kind PasswordMessage
		B AuthenticationOk
	`},
	{"md5 that fails", `
		F StartupMessage 3.0 user=ada    | is start
		B AuthenticationMD5Password      | to start
		F PasswordMessage
		B ErrorResponse FATAL            | to start
		= over true
		= ready false
	`},
	{"SCRAM", `
		F StartupMessage 3.0 user=ada
		B AuthenticationSASL SCRAM-SHA-256-PLUS SCRAM-SHA-256
		= next SASLInitialResponse
		F SASLInitialResponse SCRAM-SHA-256 | kind SASLInitialResponse
		B AuthenticationSASLContinue
		= next SASLResponse
		F SASLResponse                   | kind SASLResponse
		B AuthenticationSASLFinal
		B AuthenticationOk
		B ReadyForQuery I
	`},
	{"SCRAM without the server's proof", `
		F StartupMessage 3.0 user=ada
		B AuthenticationSASL SCRAM-SHA-256
		F SASLInitialResponse SCRAM-SHA-256
		B AuthenticationSASLContinue
		F SASLResponse
		B AuthenticationOk               | ! SCRAM ends with AuthenticationSASLFinal, by which the backend proves itself
	`},
	{"another mechanism has no last word", `
		F StartupMessage 3.0 user=ada
		B AuthenticationSASL OAUTHBEARER
		F SASLInitialResponse OAUTHBEARER
		B AuthenticationOk
	`},
	{"SASL out of order", `
		F StartupMessage 3.0 user=ada
		B AuthenticationSASLContinue     | ! no SASL exchange is under way
		B AuthenticationSASLFinal        | ! no SASL exchange is under way
		B AuthenticationSASL SCRAM-SHA-256
		B AuthenticationSASLContinue     | ! the frontend has not answered the authentication request before it
		F SASLInitialResponse SCRAM-SHA-256
		F SASLResponse                   | ! the backend has not asked for it
		B AuthenticationSASLContinue
		F SASLResponse
		B AuthenticationSASLFinal
		B AuthenticationSASLFinal        | ! no SASL exchange is under way
		B AuthenticationSASLContinue     | ! no SASL exchange is under way
		B AuthenticationOk
	`},
	{"GSSAPI whose last token needs no reply", `
		F StartupMessage 3.0 user=ada
		B AuthenticationGSS
		= next GSSResponse
		F GSSResponse                    | kind GSSResponse
		B AuthenticationGSSContinue
		F GSSResponse
		B AuthenticationGSSContinue
		B AuthenticationOk
		= phases frontend backend
	`},
	{"SSPI", `
		F StartupMessage 3.0 user=ada
		B AuthenticationSSPI
		F GSSResponse
		B AuthenticationGSSContinue
		B AuthenticationGSSContinue      | ! the frontend has not answered the authentication request before it
		F GSSResponse
		B AuthenticationOk
	`},
	{"GSSAPI that nobody began", `
		F StartupMessage 3.0 user=ada
		B AuthenticationGSSContinue      | ! no GSSAPI or SSPI exchange is under way
	`},
	{"Kerberos V5", `
		F StartupMessage 3.0 user=ada
		B AuthenticationKerberosV5
		F PasswordMessage                | ! the backend has not asked for it
	`},
	{"two methods", `
		F StartupMessage 3.0 user=ada
		B AuthenticationMD5Password
		F PasswordMessage
		B AuthenticationCleartextPassword | ! the backend has already asked for another method, with AuthenticationMD5Password
	`},
	{"a password that nobody asked for", `
		F StartupMessage 3.0 user=ada
		F PasswordMessage                | ! the backend has not asked for it
		B AuthenticationOk
		B ReadyForQuery I
		F PasswordMessage                | ! the backend has not asked for it
	`},
	{"a query before authentication", `
		F StartupMessage 3.0 user=ada
		F Query                          | ! before AuthenticationOk only the reply to an authentication request can be sent
	`},
	{"before AuthenticationOk", `
		F StartupMessage 3.0 user=ada
		B NoticeResponse                 | ! before AuthenticationOk only authentication requests, NegotiateProtocolVersion and ErrorResponse can come
		B ParameterStatus a b            | ! before AuthenticationOk
		B ReadyForQuery I                | ! before AuthenticationOk
		B ?z                             | ! the protocol has no such message
	`},
	{"before ReadyForQuery", `
		F StartupMessage 3.0 user=ada
		B AuthenticationOk
		B CommandComplete                | ! the session has not started: ReadyForQuery is missing
		B AuthenticationOk               | ! the session has not started
		B BackendKeyData 4
		B BackendKeyData 4               | ! it came before
		B ErrorResponse ERROR
		= over true
	`},
	{"start of a session in its midst", `
		start
		F Query
		B BackendKeyData 4               | ! it can come only while a session starts
		B AuthenticationOk               | ! it can come only while a session starts
		B NegotiateProtocolVersion       | ! it can come only while a session starts
		F StartupMessage                 | ! only the messages that open a connection have no type byte
		F SSLRequest                     | ! only the messages that open a connection have no type byte
	`},
	{"the wrong side or form", `
		B AuthenticationOk               | to -, ! the frontend speaks first
		F Query                          | ! a connection begins with a message that has no type byte
		F StartupMessage 3.0 user=ada
		B SSLResponse N                  | ! only a request for encryption is answered with a single byte
	`},
	{"protocol 2", `
		F StartupMessage 2.0 user=ada    | ! it asks for protocol 2.0, and servers speak only protocol 3
		B ErrorResponse FATAL
	`},
	{"no user", `
		F StartupMessage 3.0 database=app | ! it must name a user
	`},
	{"an empty user", `
		F StartupMessage 3.0 user=       | ! it must name a user
	`},
	{"key of 3.2", `
		F StartupMessage 3.2 user=ada
		B AuthenticationOk
		B BackendKeyData 32
		= version 3.2
	`},
	{"key of 3.2 in 3.0", `
		F StartupMessage 3.0 user=ada
		B AuthenticationOk
		B BackendKeyData 32              | ! before protocol 3.2 the key has 4 bytes
	`},
	{"key of 3.2 after the server settled for 3.0", `
		F StartupMessage 3.2 user=ada
		B NegotiateProtocolVersion 3.0
		B AuthenticationOk
		B BackendKeyData 32              | ! before protocol 3.2 the key has 4 bytes
	`},
}

var negotiateTrials = []trial{
	{"older version", `
		F StartupMessage 3.2 user=ada    | is start
		B NegotiateProtocolVersion 3.0   | to start
		= version 3.0
		B AuthenticationOk
		B BackendKeyData 4
		B ReadyForQuery I
	`},
	{"only the minor number", `
		F StartupMessage 3.9999 user=ada
		B NegotiateProtocolVersion 0.2
		= version 3.2
	`},
	{"options", `
		F StartupMessage 3.0 user=ada _pq_.a=1 _pq_.b=2
		B NegotiateProtocolVersion 3.0 _pq_.b _pq_.a
		B AuthenticationOk
	`},
	{"after AuthenticationOk", `
		F StartupMessage 3.2 user=ada
		B AuthenticationOk
		B NegotiateProtocolVersion 3.0
		= version 3.0
	`},
	{"twice", `
		F StartupMessage 3.9999 user=ada
		B NegotiateProtocolVersion 3.2
		B NegotiateProtocolVersion 3.0   | ! it may come only once
	`},
	{"newer", `
		F StartupMessage 3.0 user=ada
		B NegotiateProtocolVersion 3.2   | ! it offers a newer version than the frontend asked for
		= version 3.0
	`},
	{"3.1", `
		F StartupMessage 3.2 user=ada
		B NegotiateProtocolVersion 3.1   | ! it offers a version that does not exist
	`},
	{"grease", `
		F StartupMessage 3.9999 user=ada _pq_.a=1
		B NegotiateProtocolVersion 3.9999 _pq_.a | ! it offers a version that does not exist
	`},
	{"2.0", `
		F StartupMessage 3.2 user=ada
		B NegotiateProtocolVersion 2.0   | ! it offers a version that does not exist
	`},
	{"nothing to negotiate", `
		F StartupMessage 3.2 user=ada
		B NegotiateProtocolVersion 3.2   | ! it asks for no change
	`},
	{"an option nobody asked for", `
		F StartupMessage 3.2 user=ada _pq_.a=1
		B NegotiateProtocolVersion 3.2 _pq_.b | ! it names an option that the frontend did not ask for
	`},
	{"an option that is no protocol option", `
		F StartupMessage 3.2 user=ada
		B NegotiateProtocolVersion 3.2 user   | ! it names an option that the frontend did not ask for
	`},
}

var encryptionTrials = []trial{
	{"TLS", `
		F SSLRequest                     | is ask, flow 1
		= phases startup answer
		B SSLResponse S                  | to ask, kind SSLResponse
		= secret true
		= phases startup backend-auth
		F StartupMessage 3.0 user=ada    | flow 1
		B AuthenticationOk
	`},
	{"both refused, in either order", `
		F SSLRequest
		B SSLResponse N
		= secret false
		F GSSENCRequest                  | is ask
		B GSSENCResponse N               | to ask, kind GSSENCResponse
		F StartupMessage 3.0 user=ada
		B AuthenticationOk
	`},
	{"GSSAPI refused, then TLS", `
		F GSSENCRequest
		B GSSENCResponse N
		F SSLRequest
		B SSLResponse S
		F GSSENCRequest                  | ! the connection is encrypted already
	`},
	{"GSSAPI", `
		F GSSENCRequest
		B GSSENCResponse G
		= secret true
		F SSLRequest                     | ! the connection is encrypted already
	`},
	{"asked twice", `
		F SSLRequest
		B SSLResponse N
		F SSLRequest                     | ! it was refused before on this connection
		B SSLResponse N
	`},
	{"GSSAPI asked twice", `
		F GSSENCRequest
		B GSSENCResponse N
		F GSSENCRequest                  | ! it was refused before on this connection
	`},
	{"no waiting for the answer", `
		F SSLRequest
		F StartupMessage 3.0 user=ada    | ! the backend has not answered the request for encryption
		F Query                          | ! a connection begins with a message that has no type byte
	`},
	{"a wrong answer", `
		F SSLRequest
		B SSLResponse G                  | ! the answer to SSLRequest must be S or N
		F GSSENCRequest
		B GSSENCResponse S               | ! the answer to GSSENCRequest must be G or N
	`},
	{"an error for an answer", `
		F SSLRequest                     | is ask
		B ErrorResponse FATAL            | to ask
		= over true
	`},
	{"a message for an answer", `
		F SSLRequest
		B AuthenticationOk               | ! the request for encryption is answered with a single byte
	`},
	{"cancel", `
		F CancelRequest
		= over true
		= ready false
		B ErrorResponse FATAL            | ! CancelRequest has no reply
		F CancelRequest                  | ! the frontend has ended the session with CancelRequest
	`},
	{"cancel after TLS", `
		F SSLRequest
		B SSLResponse S
		F CancelRequest
	`},
}

func TestStartup(t *testing.T)    { converseAll(t, startupTrials) }
func TestNegotiate(t *testing.T)  { converseAll(t, negotiateTrials) }
func TestEncryption(t *testing.T) { converseAll(t, encryptionTrials) }

// A startup message that cannot be parsed is told from one of another protocol.
func TestMalformedStartup(t *testing.T) {
	s := new(Session)
	msg := []byte{0, 0, 0, 9, 0, 3, 0, 0, 'u'}
	_, err := s.Message(Frontend, Frame{Msg: msg, Body: msg[4:]})
	if err == nil || s.Broken().Rule != "its parameters are malformed, and the backend cannot read them" {
		t.Errorf("%v", err)
	}
}

// A frame that no Buffer makes does no harm.
func TestOddFrames(t *testing.T) {
	s := converse(t, "F SSLRequest")
	if _, err := s.Message(Backend, Frame{}); err == nil {
		t.Error("an answer of no bytes is taken for one")
	}
	if _, err := s.Message(Frontend, Frame{Type: 'Q'}); err == nil {
		t.Error("a Query at the start of a connection is taken for one")
	}
}

// The replication parameter is read as a server reads a boolean.
func TestReplicating(t *testing.T) {
	for value, want := range map[string]bool{"true": true, "database": true, "on": true, "1": true, "yes": true,
		"false": false, "fal": false, "F": false, "off": false, "of": false, "no": false, "N": false, "0": false} {
		s := converse(t, "F StartupMessage 3.0 user=ada replication="+value)
		if got := s.replicating(); got != want {
			t.Errorf("replication=%s: %t", value, got)
		}
	}
	if converse(t, "F StartupMessage 3.0 user=ada").replicating() {
		t.Error("without the parameter it is a replication connection")
	}
}
