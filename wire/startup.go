package wire

// StartupMessage opens a session: the protocol version and what the session
// starts with. Its version may be any, so that a server's answer to versions
// that it does not know can be tried.
type StartupMessage struct {
	Version    Version
	Parameters []Parameter // user is required; names are not empty
}

// Parameter is a name and a value.
type Parameter struct {
	Name, Value string
}

var startupMessageLayout = Layout{
	Kind: KindStartupMessage, Name: "StartupMessage", From: Frontend, Envelope: Untyped,
	Doc: "Opens a session. It has no type byte, because the first protocol versions had none and a server " +
		"must understand every client's first message. Names that begin with \"_pq_.\" ask for protocol extensions.",
	Fields: []Field{
		{Name: "version", Kind: Int32, Unsigned: true, Role: RoleVersion,
			Doc: "protocol version: the major number in the high 16 bits, the minor in the low 16"},
		{Name: "parameters", Kind: Until, Doc: "what the session starts with", Elem: []Field{
			{Name: "name", Kind: CString, Doc: "user, database, options, replication, or a run-time setting"},
			{Name: "value", Kind: CString, Doc: "its value"},
		}},
	},
	new: func() Message { return new(StartupMessage) },
}

// Kind returns KindStartupMessage.
func (*StartupMessage) Kind() Kind { return KindStartupMessage }

// Append appends the message.
func (m *StartupMessage) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindStartupMessage)
	e.uint32(uint32(m.Version))
	for i, p := range m.Parameters {
		e.nonEmpty("parameters[].name", i, p.Name)
		e.cstringAt("parameters[].value", i, p.Value)
	}
	if e.room("parameters", -1, 1) {
		e.byte(0)
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *StartupMessage) Parse(body []byte) error {
	d := decoder{body: body}
	m.Version = Version(d.uint32())
	m.Parameters = m.Parameters[:0]
	for d.until() {
		m.Parameters = append(m.Parameters, Parameter{d.cstring(), d.cstring()})
	}
	return d.finish(KindStartupMessage)
}

// Get returns the value of the last parameter with the name, as a server
// takes it, and whether there is one.
func (m *StartupMessage) Get(name string) (string, bool) {
	for i := len(m.Parameters) - 1; i >= 0; i-- {
		if m.Parameters[i].Name == name {
			return m.Parameters[i].Value, true
		}
	}
	return "", false
}

// SSLRequest asks whether the server speaks TLS. The reply is one byte,
// [SSLResponse].
type SSLRequest struct{}

var sslRequestLayout = Layout{
	Kind: KindSSLRequest, Name: "SSLRequest", From: Frontend, Envelope: Untyped,
	Doc:    "Asks for TLS before anything else. The reply is a single byte: S, and the TLS handshake begins, or N.",
	Fields: []Field{{Name: "code", Kind: Code, Value: int64(SSLRequestCode), Doc: "1234 and 5679, chosen to be no protocol version"}},
	new:    func() Message { return new(SSLRequest) },
}

// Kind returns KindSSLRequest.
func (*SSLRequest) Kind() Kind { return KindSSLRequest }

// Append appends the message.
func (*SSLRequest) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindSSLRequest, SSLRequestCode)
}

// Parse reads the message from its body.
func (*SSLRequest) Parse(body []byte) error { return parseCode(body, KindSSLRequest, SSLRequestCode) }

// GSSENCRequest asks whether the server speaks GSSAPI encryption. The reply is
// one byte, [GSSENCResponse].
type GSSENCRequest struct{}

var gssencRequestLayout = Layout{
	Kind: KindGSSENCRequest, Name: "GSSENCRequest", From: Frontend, Envelope: Untyped, Since: "PostgreSQL 12",
	Doc:    "Asks for GSSAPI encryption before anything else. The reply is a single byte: G, and the exchange of tokens begins, or N.",
	Fields: []Field{{Name: "code", Kind: Code, Value: int64(GSSENCRequestCode), Doc: "1234 and 5680, chosen to be no protocol version"}},
	new:    func() Message { return new(GSSENCRequest) },
}

// Kind returns KindGSSENCRequest.
func (*GSSENCRequest) Kind() Kind { return KindGSSENCRequest }

// Append appends the message.
func (*GSSENCRequest) Append(dst []byte) ([]byte, error) {
	return appendCode(dst, KindGSSENCRequest, GSSENCRequestCode)
}

// Parse reads the message from its body.
func (*GSSENCRequest) Parse(body []byte) error {
	return parseCode(body, KindGSSENCRequest, GSSENCRequestCode)
}

// The bounds of a cancel key, in bytes.
const (
	MinCancelKey = 4   // all that protocol 3.0 has
	MaxCancelKey = 256 // from protocol 3.2 on
)

const cancelKeyDoc = "the secret key from BackendKeyData: 4 bytes in protocol 3.0, 4 to 256 from 3.2 on"

// CancelRequest asks, on a connection of its own, to cancel what another
// connection is running. The server closes the connection without a reply.
type CancelRequest struct {
	ProcessID uint32
	Key       []byte // 4 to 256 bytes
}

var cancelRequestLayout = Layout{
	Kind: KindCancelRequest, Name: "CancelRequest", From: Frontend, Envelope: Untyped,
	Doc: "Asks, on a connection of its own, to cancel the statement that another session is running. The server " +
		"gives no reply and closes the connection, whether or not there was something to cancel.",
	Fields: []Field{
		{Name: "code", Kind: Code, Value: int64(CancelRequestCode), Doc: "1234 and 5678, chosen to be no protocol version"},
		{Name: "processID", Kind: Int32, Unsigned: true, Role: RolePID, Doc: "the process ID from BackendKeyData"},
		{Name: "key", Kind: Rest, Min: MinCancelKey, Max: MaxCancelKey, Role: RoleSecret, Doc: cancelKeyDoc},
	},
	new: func() Message { return new(CancelRequest) },
}

// Kind returns KindCancelRequest.
func (*CancelRequest) Kind() Kind { return KindCancelRequest }

// Append appends the message.
func (m *CancelRequest) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindCancelRequest)
	e.uint32(CancelRequestCode)
	e.uint32(m.ProcessID)
	e.sized("key", m.Key, MinCancelKey, MaxCancelKey)
	return e.finish()
}

// Parse reads the message from its body.
func (m *CancelRequest) Parse(body []byte) error {
	d := decoder{body: body}
	d.code(CancelRequestCode)
	m.ProcessID = d.uint32()
	m.Key = d.sized(MinCancelKey, MaxCancelKey)
	return d.finish(KindCancelRequest)
}

// BackendKeyData tells a frontend what a later [CancelRequest] must contain.
type BackendKeyData struct {
	ProcessID uint32
	Key       []byte // 4 to 256 bytes
}

var backendKeyDataLayout = Layout{
	Kind: KindBackendKeyData, Name: "BackendKeyData", From: Backend, Type: 'K',
	Doc: "Tells the frontend what it needs to send a CancelRequest later. A server that cannot cancel may leave it out.",
	Fields: []Field{
		{Name: "processID", Kind: Int32, Unsigned: true, Role: RolePID, Doc: "the process ID of this backend"},
		{Name: "key", Kind: Rest, Min: MinCancelKey, Max: MaxCancelKey, Role: RoleSecret, Doc: cancelKeyDoc},
	},
	new: func() Message { return new(BackendKeyData) },
}

// Kind returns KindBackendKeyData.
func (*BackendKeyData) Kind() Kind { return KindBackendKeyData }

// Append appends the message.
func (m *BackendKeyData) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindBackendKeyData)
	e.uint32(m.ProcessID)
	e.sized("key", m.Key, MinCancelKey, MaxCancelKey)
	return e.finish()
}

// Parse reads the message from its body.
func (m *BackendKeyData) Parse(body []byte) error {
	d := decoder{body: body}
	m.ProcessID = d.uint32()
	m.Key = d.sized(MinCancelKey, MaxCancelKey)
	return d.finish(KindBackendKeyData)
}
