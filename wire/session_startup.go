package wire

import (
	"slices"
	"strings"
)

// authState is how far authentication has come.
type authState struct {
	want       Kind   // what the frontend must send next; 0 when it is the backend's turn
	optional   bool   // want need not come: the last token of a GSSAPI or SSPI exchange may need no reply
	method     Kind   // what the server asked for first
	mechanism  string // the SASL mechanism that the frontend chose
	final      bool   // AuthenticationSASLFinal was seen
	negotiated bool   // NegotiateProtocolVersion was seen
	key        bool   // BackendKeyData was seen
}

// open takes a message without type byte from the frontend.
func (s *Session) open(k Kind, f Frame) (rule string) {
	switch k {
	case KindSSLRequest, KindGSSENCRequest:
		return s.askEncryption(k)
	case KindCancelRequest:
		s.farewell = k
		return ""
	}
	s.stage = stageAuth
	err := s.requested.Parse(f.Body)
	s.version = s.requested.Version
	if s.version.Major() != 3 {
		return "it asks for protocol " + s.version.String() + ", and servers speak only protocol 3"
	}
	if err != nil {
		return "its parameters are malformed, and the backend cannot read them"
	}
	if user, _ := s.requested.Get("user"); user == "" {
		return "it must name a user"
	}
	return ""
}

func (s *Session) askEncryption(k Kind) (rule string) {
	s.stage = stageAnswer
	switch {
	case s.encrypted != 0:
		return "the connection is encrypted already"
	case s.refused[refusal(k == KindGSSENCRequest)]:
		return "it was refused before on this connection"
	}
	return ""
}

// refusal is where the refusal of TLS, or of GSSAPI, is kept.
func refusal(gss bool) int {
	if gss {
		return 1
	}
	return 0
}

// answer takes the byte that answers a request for encryption.
func (s *Session) answer(k Kind, f Frame) (rule string) {
	s.stage = stageOpen
	s.pop()
	gss, b := k == KindGSSENCResponse, byte(0)
	if len(f.Body) == 1 {
		b = f.Body[0]
	}
	switch {
	case !gss && b == 'S', gss && b == 'G':
		s.encrypted = b
	case b == 'N':
		s.refused[refusal(gss)] = true
	case gss:
		return "the answer to GSSENCRequest must be G or N"
	default:
		return "the answer to SSLRequest must be S or N"
	}
	return ""
}

// password takes the frontend's reply to an authentication request.
func (s *Session) password(k Kind, f Frame) (rule string) {
	if s.auth.want == 0 {
		return "the backend has not asked for it"
	}
	if k == KindSASLInitialResponse {
		var m SASLInitialResponse
		if m.Parse(f.Body) == nil {
			s.auth.mechanism = m.Mechanism
		}
	}
	s.auth.want, s.auth.optional = 0, false
	return ""
}

// authentication takes a backend's message before AuthenticationOk.
func (s *Session) authentication(k Kind, f Frame) (rule string) {
	a := &s.auth
	switch k {
	case KindErrorResponse:
		s.stage = stageOver
		return ""
	case KindNegotiateProtocolVersion:
		return s.negotiate(f)
	}
	if a.want != 0 && !(a.optional && k == KindAuthenticationOk) {
		return "the frontend has not answered the authentication request before it"
	}
	switch k {
	case KindAuthenticationOk:
		s.stage = stageStart
		a.want, a.optional = 0, false
		if strings.HasPrefix(a.mechanism, "SCRAM-") && !a.final {
			return "SCRAM ends with AuthenticationSASLFinal, by which the backend proves itself"
		}
	case KindAuthenticationCleartextPassword, KindAuthenticationMD5Password:
		return a.begin(k, KindPasswordMessage)
	case KindAuthenticationGSS, KindAuthenticationSSPI:
		return a.begin(k, KindGSSResponse)
	case KindAuthenticationKerberosV5:
		return a.begin(k, 0)
	case KindAuthenticationSASL:
		return a.begin(k, KindSASLInitialResponse)
	default:
		return a.proceed(k)
	}
	return ""
}

// begin takes the first authentication request.
func (a *authState) begin(k, want Kind) (rule string) {
	if a.method != 0 {
		return "the backend has already asked for another method, with " + a.method.String()
	}
	a.method, a.want = k, want
	return ""
}

// proceed takes a further authentication request.
func (a *authState) proceed(k Kind) (rule string) {
	switch k {
	case KindAuthenticationGSSContinue:
		if a.method != KindAuthenticationGSS && a.method != KindAuthenticationSSPI {
			return "no GSSAPI or SSPI exchange is under way"
		}
		a.want, a.optional = KindGSSResponse, true
	case KindAuthenticationSASLContinue:
		if a.method != KindAuthenticationSASL || a.final {
			return "no SASL exchange is under way"
		}
		a.want = KindSASLResponse
	case KindAuthenticationSASLFinal:
		if a.method != KindAuthenticationSASL || a.final {
			return "no SASL exchange is under way"
		}
		a.final = true
	default:
		return "before AuthenticationOk only authentication requests, NegotiateProtocolVersion and ErrorResponse can come"
	}
	return ""
}

// negotiate takes NegotiateProtocolVersion, as strictly as libpq does.
func (s *Session) negotiate(f Frame) (rule string) {
	var m NegotiateProtocolVersion
	if m.Parse(f.Body) != nil {
		return ""
	}
	v := m.Newest()
	switch {
	case s.auth.negotiated:
		rule = "it may come only once"
	case v > s.version:
		rule = "it offers a newer version than the frontend asked for"
	case v < Version30 || v == 3<<16|1 || v == VersionGrease:
		rule = "it offers a version that does not exist"
	case v == s.version && len(m.Options) == 0:
		rule = "it asks for no change"
	}
	for _, o := range m.Options {
		if !s.asked(o) {
			rule = "it names an option that the frontend did not ask for"
		}
	}
	s.auth.negotiated = true
	s.version = min(v, s.version)
	return rule
}

func (s *Session) asked(option string) bool {
	return strings.HasPrefix(option, "_pq_.") &&
		slices.ContainsFunc(s.requested.Parameters, func(p Parameter) bool { return p.Name == option })
}

// start takes a backend's message between AuthenticationOk and the first
// ReadyForQuery.
func (s *Session) start(k Kind, f Frame) (rule string) {
	switch k {
	case KindBackendKeyData:
		if s.auth.key {
			return "it came before"
		}
		s.auth.key = true
		if s.version < Version32 && len(f.Body) != 4+MinCancelKey {
			return "before protocol 3.2 the key has 4 bytes"
		}
	case KindReadyForQuery:
		s.stage = stageReady
		s.ready(0, f)
		s.pop()
	case KindNegotiateProtocolVersion:
		return s.negotiate(f)
	default:
		return "the session has not started: ReadyForQuery is missing"
	}
	return ""
}

// ready takes what ReadyForQuery says, and who it answers.
func (s *Session) ready(number int, f Frame) {
	var m ReadyForQuery
	if m.Parse(f.Body) == nil {
		s.status = m.Status
	}
	if s.status == TxIdle {
		s.portals.end(number)
	}
}
