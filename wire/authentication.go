package wire

// The authentication requests. They share the type byte R and are told apart
// by the number that their body begins with. The client's replies share the
// type byte p and are told apart by what was asked ([Context]).

// The numbers of the authentication requests.
const (
	authOk           = 0
	authKerberosV5   = 2
	authCleartext    = 3
	authMD5          = 5
	authGSS          = 7
	authGSSContinue  = 8
	authSSPI         = 9
	authSASL         = 10
	authSASLContinue = 11
	authSASLFinal    = 12
)

// authenticationKinds are the kinds by number; 1, 4 and 6 were methods that
// PostgreSQL no longer has.
var authenticationKinds = [...]Kind{
	authOk:           KindAuthenticationOk,
	authKerberosV5:   KindAuthenticationKerberosV5,
	authCleartext:    KindAuthenticationCleartextPassword,
	authMD5:          KindAuthenticationMD5Password,
	authGSS:          KindAuthenticationGSS,
	authGSSContinue:  KindAuthenticationGSSContinue,
	authSSPI:         KindAuthenticationSSPI,
	authSASL:         KindAuthenticationSASL,
	authSASLContinue: KindAuthenticationSASLContinue,
	authSASLFinal:    KindAuthenticationSASLFinal,
}

func authCode(n int64, doc string) Field { return Field{Name: "code", Kind: Code, Value: n, Doc: doc} }

// AuthenticationOk says that authentication was successful.
type AuthenticationOk struct{}

var authenticationOkLayout = Layout{
	Kind: KindAuthenticationOk, Name: "AuthenticationOk", From: Backend, Type: 'R',
	Doc:    "The frontend is who it says it is. ParameterStatus, BackendKeyData and ReadyForQuery follow.",
	Fields: []Field{authCode(authOk, "authentication was successful")},
	new:    func() Message { return new(AuthenticationOk) },
}

// Kind returns KindAuthenticationOk.
func (*AuthenticationOk) Kind() Kind { return KindAuthenticationOk }

// Append appends the message.
func (*AuthenticationOk) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindAuthenticationOk, authOk)
}

// Parse reads the message from its body.
func (*AuthenticationOk) Parse(body []byte) error {
	return parseCode(body, KindAuthenticationOk, authOk)
}

// AuthenticationKerberosV5 asked for Kerberos V5, which no current server does.
type AuthenticationKerberosV5 struct{}

var authenticationKerberosV5Layout = Layout{
	Kind: KindAuthenticationKerberosV5, Name: "AuthenticationKerberosV5", From: Backend, Type: 'R',
	Doc:    "Asked for Kerberos V5 authentication; servers since PostgreSQL 9.4 no longer send it.",
	Fields: []Field{authCode(authKerberosV5, "Kerberos V5 is required")},
	new:    func() Message { return new(AuthenticationKerberosV5) },
}

// Kind returns KindAuthenticationKerberosV5.
func (*AuthenticationKerberosV5) Kind() Kind { return KindAuthenticationKerberosV5 }

// Append appends the message.
func (*AuthenticationKerberosV5) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindAuthenticationKerberosV5, authKerberosV5)
}

// Parse reads the message from its body.
func (*AuthenticationKerberosV5) Parse(body []byte) error {
	return parseCode(body, KindAuthenticationKerberosV5, authKerberosV5)
}

// AuthenticationCleartextPassword asks for the password in clear text.
type AuthenticationCleartextPassword struct{}

var authenticationCleartextPasswordLayout = Layout{
	Kind: KindAuthenticationCleartextPassword, Name: "AuthenticationCleartextPassword", From: Backend, Type: 'R',
	Doc:    "Asks for the password in clear text, in a PasswordMessage.",
	Fields: []Field{authCode(authCleartext, "a clear-text password is required")},
	new:    func() Message { return new(AuthenticationCleartextPassword) },
}

// Kind returns KindAuthenticationCleartextPassword.
func (*AuthenticationCleartextPassword) Kind() Kind { return KindAuthenticationCleartextPassword }

// Append appends the message.
func (*AuthenticationCleartextPassword) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindAuthenticationCleartextPassword, authCleartext)
}

// Parse reads the message from its body.
func (*AuthenticationCleartextPassword) Parse(body []byte) error {
	return parseCode(body, KindAuthenticationCleartextPassword, authCleartext)
}

// AuthenticationGSS asks for GSSAPI authentication.
type AuthenticationGSS struct{}

var authenticationGSSLayout = Layout{
	Kind: KindAuthenticationGSS, Name: "AuthenticationGSS", From: Backend, Type: 'R', Since: "PostgreSQL 8.3",
	Doc:    "Asks for GSSAPI authentication: the frontend sends its first token in a GSSResponse.",
	Fields: []Field{authCode(authGSS, "GSSAPI authentication is required")},
	new:    func() Message { return new(AuthenticationGSS) },
}

// Kind returns KindAuthenticationGSS.
func (*AuthenticationGSS) Kind() Kind { return KindAuthenticationGSS }

// Append appends the message.
func (*AuthenticationGSS) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindAuthenticationGSS, authGSS)
}

// Parse reads the message from its body.
func (*AuthenticationGSS) Parse(body []byte) error {
	return parseCode(body, KindAuthenticationGSS, authGSS)
}

// AuthenticationSSPI asks for SSPI authentication.
type AuthenticationSSPI struct{}

var authenticationSSPILayout = Layout{
	Kind: KindAuthenticationSSPI, Name: "AuthenticationSSPI", From: Backend, Type: 'R', Since: "PostgreSQL 8.3",
	Doc:    "Asks for SSPI authentication (Windows): the frontend sends its first token in a GSSResponse.",
	Fields: []Field{authCode(authSSPI, "SSPI authentication is required")},
	new:    func() Message { return new(AuthenticationSSPI) },
}

// Kind returns KindAuthenticationSSPI.
func (*AuthenticationSSPI) Kind() Kind { return KindAuthenticationSSPI }

// Append appends the message.
func (*AuthenticationSSPI) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindAuthenticationSSPI, authSSPI)
}

// Parse reads the message from its body.
func (*AuthenticationSSPI) Parse(body []byte) error {
	return parseCode(body, KindAuthenticationSSPI, authSSPI)
}

// AuthenticationMD5Password asks for the password hashed with MD5 and the
// salt.
type AuthenticationMD5Password struct {
	Salt [4]byte
}

var authenticationMD5PasswordLayout = Layout{
	Kind: KindAuthenticationMD5Password, Name: "AuthenticationMD5Password", From: Backend, Type: 'R',
	Doc: "Asks for a PasswordMessage with \"md5\" and the hexadecimal md5(md5(password + user) + salt).",
	Fields: []Field{
		authCode(authMD5, "an MD5-hashed password is required"),
		{Name: "salt", Kind: Fixed, Min: 4, Doc: "the salt to hash with"},
	},
	new: func() Message { return new(AuthenticationMD5Password) },
}

// Kind returns KindAuthenticationMD5Password.
func (*AuthenticationMD5Password) Kind() Kind { return KindAuthenticationMD5Password }

// Append appends the message.
func (m *AuthenticationMD5Password) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindAuthenticationMD5Password)
	e.uint32(authMD5)
	e.bytes("salt", m.Salt[:])
	return e.finish()
}

// Parse reads the message from its body.
func (m *AuthenticationMD5Password) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(authMD5)
	copy(m.Salt[:], d.take(len(m.Salt)))
	return d.finish(KindAuthenticationMD5Password)
}

// AuthenticationGSSContinue continues a GSSAPI or SSPI exchange.
type AuthenticationGSSContinue struct {
	Data []byte
}

var authenticationGSSContinueLayout = Layout{
	Kind: KindAuthenticationGSSContinue, Name: "AuthenticationGSSContinue", From: Backend, Type: 'R', Since: "PostgreSQL 8.3",
	Doc: "Continues a GSSAPI or SSPI exchange.",
	Fields: []Field{
		authCode(authGSSContinue, "this continues a GSSAPI or SSPI exchange"),
		{Name: "data", Kind: Rest, Role: RoleSecret, Doc: "a GSSAPI or SSPI token"},
	},
	new: func() Message { return new(AuthenticationGSSContinue) },
}

// Kind returns KindAuthenticationGSSContinue.
func (*AuthenticationGSSContinue) Kind() Kind { return KindAuthenticationGSSContinue }

// Append appends the message.
func (m *AuthenticationGSSContinue) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindAuthenticationGSSContinue)
	e.uint32(authGSSContinue)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *AuthenticationGSSContinue) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(authGSSContinue)
	m.Data = d.rest()
	return d.finish(KindAuthenticationGSSContinue)
}

// GSSResponse carries a token of a GSSAPI or SSPI exchange.
type GSSResponse struct {
	Data []byte
}

var gssResponseLayout = Layout{
	Kind: KindGSSResponse, Name: "GSSResponse", From: Frontend, Type: 'p', Large: true, Since: "PostgreSQL 8.3",
	Doc:    "A token of a GSSAPI or SSPI exchange.",
	Fields: []Field{{Name: "data", Kind: Rest, Role: RoleSecret, Doc: "a GSSAPI or SSPI token"}},
	new:    func() Message { return new(GSSResponse) },
}

// Kind returns KindGSSResponse.
func (*GSSResponse) Kind() Kind { return KindGSSResponse }

// Append appends the message.
func (m *GSSResponse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindGSSResponse)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *GSSResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Data = d.rest()
	return d.finish(KindGSSResponse)
}

// PasswordMessage carries the password, in clear text or hashed as
// [AuthenticationMD5Password] asks.
type PasswordMessage struct {
	Password string
}

var passwordMessageLayout = Layout{
	Kind: KindPasswordMessage, Name: "PasswordMessage", From: Frontend, Type: 'p', Large: true,
	Doc:    "The password that the server asked for, in clear text or hashed with MD5.",
	Fields: []Field{{Name: "password", Kind: CString, Role: RoleSecret, Doc: "the password, or md5 and the hash"}},
	new:    func() Message { return new(PasswordMessage) },
}

// Kind returns KindPasswordMessage.
func (*PasswordMessage) Kind() Kind { return KindPasswordMessage }

// Append appends the message.
func (m *PasswordMessage) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindPasswordMessage)
	e.cstring("password", m.Password)
	return e.finish()
}

// Parse reads the message from its body.
func (m *PasswordMessage) Parse(body []byte) error {
	d := decoder{body: body}
	m.Password = d.cstring()
	return d.finish(KindPasswordMessage)
}
