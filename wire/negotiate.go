package wire

// SSLResponse is the one-byte reply to [SSLRequest]. A server that fails
// before it can answer sends an ErrorResponse instead, which a frontend must
// not show: nobody vouches for it.
type SSLResponse struct {
	Answer byte // 'S': TLS begins; 'N': it does not
}

var sslResponseLayout = Layout{
	Kind: KindSSLResponse, Name: "SSLResponse", From: Backend, Envelope: Bare,
	Doc: "The reply to SSLRequest: one byte, without type or length. After S the next byte in either direction belongs " +
		"to the TLS handshake; a frontend must refuse bytes that came along with the S.",
	Fields: []Field{{Name: "answer", Kind: Byte, Doc: "whether TLS begins", Values: []Named{
		{'S', "willing", "the TLS handshake begins"}, {'N', "unwilling", "the connection goes on in plain text, or is closed"}}}},
	new: func() Message { return new(SSLResponse) },
}

// Kind returns KindSSLResponse.
func (*SSLResponse) Kind() Kind { return KindSSLResponse }

// Append appends the message.
func (m *SSLResponse) Append(dst []byte) ([]byte, error) { return append(dst, m.Answer), nil }

// Parse reads the message from its body.
func (m *SSLResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Answer = d.byte()
	return d.finish(KindSSLResponse)
}

// GSSENCResponse is the one-byte reply to [GSSENCRequest].
type GSSENCResponse struct {
	Answer byte // 'G': encryption begins; 'N': it does not
}

var gssencResponseLayout = Layout{
	Kind: KindGSSENCResponse, Name: "GSSENCResponse", From: Backend, Envelope: Bare, Since: "PostgreSQL 12",
	Doc: "The reply to GSSENCRequest: one byte, without type or length.",
	Fields: []Field{{Name: "answer", Kind: Byte, Doc: "whether GSSAPI encryption begins", Values: []Named{
		{'G', "willing", "the exchange of GSSAPI tokens begins"}, {'N', "unwilling", "the connection goes on in plain text, or is closed"}}}},
	new: func() Message { return new(GSSENCResponse) },
}

// Kind returns KindGSSENCResponse.
func (*GSSENCResponse) Kind() Kind { return KindGSSENCResponse }

// Append appends the message.
func (m *GSSENCResponse) Append(dst []byte) ([]byte, error) { return append(dst, m.Answer), nil }

// Parse reads the message from its body.
func (m *GSSENCResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Answer = d.byte()
	return d.finish(KindGSSENCResponse)
}

// NegotiateProtocolVersion says which of the things that a StartupMessage
// asked for the server does not have.
type NegotiateProtocolVersion struct {
	// Version is the newest version the server can speak, not newer than the
	// one asked for. The manual calls it a minor version; PostgreSQL sends
	// the whole number, and [NegotiateProtocolVersion.Newest] accepts both.
	Version Version
	Options []string // the "_pq_." parameters that the server does not know
}

var negotiateProtocolVersionLayout = Layout{
	Kind: KindNegotiateProtocolVersion, Name: "NegotiateProtocolVersion", From: Backend, Type: 'v', Since: "PostgreSQL 9.3.21",
	Doc: "Answers a StartupMessage that asked for a newer minor version or for protocol extensions than the server " +
		"knows; the session goes on without them.",
	Fields: []Field{
		{Name: "version", Kind: Int32, Unsigned: true, Role: RoleVersion,
			Doc: "the newest version that the server speaks; PostgreSQL sends major and minor number"},
		{Name: "options", Kind: List32, Doc: "the protocol options that the server does not know", Elem: []Field{
			{Kind: CString, Doc: "the name of an option"}}},
	},
	new: func() Message { return new(NegotiateProtocolVersion) },
}

// Kind returns KindNegotiateProtocolVersion.
func (*NegotiateProtocolVersion) Kind() Kind { return KindNegotiateProtocolVersion }

// Append appends the message.
func (m *NegotiateProtocolVersion) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindNegotiateProtocolVersion)
	e.uint32(uint32(m.Version))
	e.count32("options", len(m.Options), 1)
	for i, o := range m.Options {
		e.cstringAt("options", i, o)
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *NegotiateProtocolVersion) Parse(body []byte) error {
	d := decoder{body: body}
	m.Version = Version(d.uint32())
	m.Options = m.Options[:0]
	for range d.count32(1) {
		m.Options = append(m.Options, d.cstring())
	}
	return d.finish(KindNegotiateProtocolVersion)
}

// Newest returns the version that the server offers, also when it sent only
// the minor number.
func (m *NegotiateProtocolVersion) Newest() Version {
	if m.Version.Major() == 0 {
		return 3<<16 | m.Version
	}
	return m.Version
}

// ParameterStatus reports a run-time setting, at the start of a session and
// whenever it changes. It may come at any time.
type ParameterStatus struct {
	Name, Value string
}

var parameterStatusLayout = Layout{
	Kind: KindParameterStatus, Name: "ParameterStatus", From: Backend, Type: 'S',
	Doc: "Reports a setting that the frontend may want to know, at the start of a session and whenever it changes. It may come at any time.",
	Fields: []Field{
		{Name: "name", Kind: CString, Doc: "the name of the run-time setting"},
		{Name: "value", Kind: CString, Doc: "its value now"},
	},
	new: func() Message { return new(ParameterStatus) },
}

// Kind returns KindParameterStatus.
func (*ParameterStatus) Kind() Kind { return KindParameterStatus }

// Append appends the message.
func (m *ParameterStatus) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindParameterStatus)
	e.cstring("name", m.Name)
	e.cstring("value", m.Value)
	return e.finish()
}

// Parse reads the message from its body.
func (m *ParameterStatus) Parse(body []byte) error {
	d := decoder{body: body}
	m.Name, m.Value = d.cstring(), d.cstring()
	return d.finish(KindParameterStatus)
}
