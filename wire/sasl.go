package wire

// The messages of SASL authentication, which PostgreSQL uses for
// SCRAM-SHA-256, SCRAM-SHA-256-PLUS and OAUTHBEARER (manual, section "SASL
// Authentication").

// AuthenticationSASL asks for SASL authentication and lists the mechanisms
// that the server accepts, in its order of preference.
type AuthenticationSASL struct {
	Mechanisms []string // not empty strings
}

var authenticationSASLLayout = Layout{
	Kind: KindAuthenticationSASL, Name: "AuthenticationSASL", From: Backend, Type: 'R', Since: "PostgreSQL 10",
	Doc: "Asks for SASL authentication. The frontend chooses a mechanism and sends it in a SASLInitialResponse.",
	Fields: []Field{
		authCode(authSASL, "SASL authentication is required"),
		{Name: "mechanisms", Kind: Until, Doc: "what the server accepts, in its order of preference", Elem: []Field{
			{Kind: CString, Doc: "the name of a SASL mechanism"}}},
	},
	new: func() Message { return new(AuthenticationSASL) },
}

// Kind returns KindAuthenticationSASL.
func (*AuthenticationSASL) Kind() Kind { return KindAuthenticationSASL }

// Append appends the message.
func (m *AuthenticationSASL) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindAuthenticationSASL)
	e.uint32(authSASL)
	for i, s := range m.Mechanisms {
		e.nonEmpty("mechanisms", i, s)
	}
	if e.room("mechanisms", -1, 1) {
		e.byte(0)
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *AuthenticationSASL) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(authSASL)
	m.Mechanisms = m.Mechanisms[:0]
	for d.until() {
		m.Mechanisms = append(m.Mechanisms, d.cstring())
	}
	return d.finish(KindAuthenticationSASL)
}

// AuthenticationSASLContinue is the server's challenge in a SASL exchange.
type AuthenticationSASLContinue struct {
	Data []byte
}

var authenticationSASLContinueLayout = Layout{
	Kind: KindAuthenticationSASLContinue, Name: "AuthenticationSASLContinue", From: Backend, Type: 'R', Since: "PostgreSQL 10",
	Doc: "The server's challenge in a SASL exchange.",
	Fields: []Field{
		authCode(authSASLContinue, "this continues a SASL exchange"),
		{Name: "data", Kind: Rest, Role: RoleSASL, Doc: "the mechanism's challenge"},
	},
	new: func() Message { return new(AuthenticationSASLContinue) },
}

// Kind returns KindAuthenticationSASLContinue.
func (*AuthenticationSASLContinue) Kind() Kind { return KindAuthenticationSASLContinue }

// Append appends the message.
func (m *AuthenticationSASLContinue) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindAuthenticationSASLContinue)
	e.uint32(authSASLContinue)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *AuthenticationSASLContinue) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(authSASLContinue)
	m.Data = d.rest()
	return d.finish(KindAuthenticationSASLContinue)
}

// AuthenticationSASLFinal is the outcome of a SASL exchange, by which the server proves itself.
type AuthenticationSASLFinal struct {
	Data []byte
}

var authenticationSASLFinalLayout = Layout{
	Kind: KindAuthenticationSASLFinal, Name: "AuthenticationSASLFinal", From: Backend, Type: 'R', Since: "PostgreSQL 10",
	Doc: "The mechanism's last word when it succeeded; AuthenticationOk follows. For SCRAM it proves that the server knows the password's verifier.",
	Fields: []Field{
		authCode(authSASLFinal, "the SASL exchange is complete"),
		{Name: "data", Kind: Rest, Role: RoleSASL, Doc: "the mechanism's additional data"},
	},
	new: func() Message { return new(AuthenticationSASLFinal) },
}

// Kind returns KindAuthenticationSASLFinal.
func (*AuthenticationSASLFinal) Kind() Kind { return KindAuthenticationSASLFinal }

// Append appends the message.
func (m *AuthenticationSASLFinal) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindAuthenticationSASLFinal)
	e.uint32(authSASLFinal)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *AuthenticationSASLFinal) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(authSASLFinal)
	m.Data = d.rest()
	return d.finish(KindAuthenticationSASLFinal)
}

// SASLInitialResponse chooses a SASL mechanism and carries its first message.
type SASLInitialResponse struct {
	Mechanism string
	Data      []byte // nil when the mechanism begins without a message
}

var saslInitialResponseLayout = Layout{
	Kind: KindSASLInitialResponse, Name: "SASLInitialResponse", From: Frontend, Type: 'p', Large: true, Since: "PostgreSQL 10",
	Doc: "Chooses a SASL mechanism and carries its first message.",
	Fields: []Field{
		{Name: "mechanism", Kind: CString, Doc: "the mechanism that the frontend chose"},
		{Name: "data", Kind: Value, Role: RoleSASL, Doc: "the mechanism's first message; length -1 for none"},
	},
	new: func() Message { return new(SASLInitialResponse) },
}

// Kind returns KindSASLInitialResponse.
func (*SASLInitialResponse) Kind() Kind { return KindSASLInitialResponse }

// Append appends the message.
func (m *SASLInitialResponse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindSASLInitialResponse)
	e.cstring("mechanism", m.Mechanism)
	e.value("data", -1, m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *SASLInitialResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Mechanism = d.cstring()
	m.Data = d.value()
	return d.finish(KindSASLInitialResponse)
}

// SASLResponse is the client's response in a SASL exchange.
type SASLResponse struct {
	Data []byte
}

var saslResponseLayout = Layout{
	Kind: KindSASLResponse, Name: "SASLResponse", From: Frontend, Type: 'p', Large: true, Since: "PostgreSQL 10",
	Doc:    "The client's response in a SASL exchange.",
	Fields: []Field{{Name: "data", Kind: Rest, Role: RoleSASL, Doc: "the mechanism's response"}},
	new:    func() Message { return new(SASLResponse) },
}

// Kind returns KindSASLResponse.
func (*SASLResponse) Kind() Kind { return KindSASLResponse }

// Append appends the message.
func (m *SASLResponse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindSASLResponse)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *SASLResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Data = d.rest()
	return d.finish(KindSASLResponse)
}
