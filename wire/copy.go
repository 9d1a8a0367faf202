package wire

var copyFields = []Field{
	{Name: "format", Kind: Int8, Role: RoleFormat, Values: formatNames,
		Doc: "0 when the data is text, 1 when it is in COPY's binary format"},
	{Name: "columns", Kind: List16, Doc: "the formats of the columns; all 0 when the data is text",
		Elem: []Field{{Kind: Int16, Role: RoleFormat, Values: formatNames, Doc: "0 for text, 1 for binary"}}},
}

func appendCopy(dst []byte, k Kind, format byte, columns []Format) ([]byte, error) {
	e := encode(dst, k)
	e.byte(format)
	e.formats("columns", columns)
	return e.finish()
}

func parseCopy(body []byte, k Kind, into []Format) (byte, []Format, error) {
	d := decoder{body: body}
	format, columns := d.byte(), d.formats(into)
	return format, columns, d.finish(k)
}

// CopyInResponse says that the backend is ready to receive COPY data.
type CopyInResponse struct {
	Format  byte     // 0: text, lines of columns; 1: binary
	Columns []Format // of each column; all text when Format is 0
}

var copyInResponseLayout = Layout{
	Kind: KindCopyInResponse, Name: "CopyInResponse", From: Backend, Type: 'G',
	Doc:    "The backend is ready to receive COPY data: the frontend sends CopyData, then CopyDone or CopyFail.",
	Fields: copyFields,
	new:    func() Message { return new(CopyInResponse) },
}

// Kind returns KindCopyInResponse.
func (*CopyInResponse) Kind() Kind { return KindCopyInResponse }

// Append appends the message.
func (m *CopyInResponse) Append(dst []byte) ([]byte, error) {
	return appendCopy(dst, KindCopyInResponse, m.Format, m.Columns)
}

// Parse reads the message from its body.
func (m *CopyInResponse) Parse(body []byte) (err error) {
	m.Format, m.Columns, err = parseCopy(body, KindCopyInResponse, m.Columns)
	return err
}

// CopyOutResponse says that COPY data follows.
type CopyOutResponse struct {
	Format  byte     // 0: text, lines of columns; 1: binary
	Columns []Format // of each column; all text when Format is 0
}

var copyOutResponseLayout = Layout{
	Kind: KindCopyOutResponse, Name: "CopyOutResponse", From: Backend, Type: 'H',
	Doc:    "The backend is about to send COPY data: CopyData, then CopyDone.",
	Fields: copyFields,
	new:    func() Message { return new(CopyOutResponse) },
}

// Kind returns KindCopyOutResponse.
func (*CopyOutResponse) Kind() Kind { return KindCopyOutResponse }

// Append appends the message.
func (m *CopyOutResponse) Append(dst []byte) ([]byte, error) {
	return appendCopy(dst, KindCopyOutResponse, m.Format, m.Columns)
}

// Parse reads the message from its body.
func (m *CopyOutResponse) Parse(body []byte) (err error) {
	m.Format, m.Columns, err = parseCopy(body, KindCopyOutResponse, m.Columns)
	return err
}

// CopyBothResponse says that COPY data goes both ways, as streaming replication does.
type CopyBothResponse struct {
	Format  byte     // 0: text, lines of columns; 1: binary
	Columns []Format // of each column; all text when Format is 0
}

var copyBothResponseLayout = Layout{
	Kind: KindCopyBothResponse, Name: "CopyBothResponse", From: Backend, Type: 'W', Since: "PostgreSQL 9.1",
	Doc:    "COPY data goes both ways from here on; only streaming replication uses it.",
	Fields: copyFields,
	new:    func() Message { return new(CopyBothResponse) },
}

// Kind returns KindCopyBothResponse.
func (*CopyBothResponse) Kind() Kind { return KindCopyBothResponse }

// Append appends the message.
func (m *CopyBothResponse) Append(dst []byte) ([]byte, error) {
	return appendCopy(dst, KindCopyBothResponse, m.Format, m.Columns)
}

// Parse reads the message from its body.
func (m *CopyBothResponse) Parse(body []byte) (err error) {
	m.Format, m.Columns, err = parseCopy(body, KindCopyBothResponse, m.Columns)
	return err
}

// CopyData is a piece of COPY data. Pieces from the backend are whole rows;
// a frontend may cut where it likes.
type CopyData struct {
	Data []byte
}

var copyDataLayout = Layout{
	Kind: KindCopyData, Name: "CopyData", From: Both, Type: 'd', Large: true,
	Doc: "A piece of COPY data. The backend sends one message for each row; the frontend may divide the data as it " +
		"likes. In a replication stream it holds a message of its own.",
	Fields: []Field{{Name: "data", Kind: Rest, Doc: "the data"}},
	new:    func() Message { return new(CopyData) },
}

// Kind returns KindCopyData.
func (*CopyData) Kind() Kind { return KindCopyData }

// Append appends the message.
func (m *CopyData) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindCopyData)
	e.bytes("data", m.Data)
	return e.finish()
}

// Parse reads the message from its body.
func (m *CopyData) Parse(body []byte) error {
	d := decoder{body: body}
	m.Data = d.rest()
	return d.finish(KindCopyData)
}

// CopyFail says that the frontend gives up sending COPY data; the server then
// fails the COPY.
type CopyFail struct {
	Reason string
}

var copyFailLayout = Layout{
	Kind: KindCopyFail, Name: "CopyFail", From: Frontend, Type: 'f',
	Doc:    "The frontend cannot go on sending COPY data; the COPY fails.",
	Fields: []Field{{Name: "reason", Kind: CString, Doc: "why, for the error message"}},
	new:    func() Message { return new(CopyFail) },
}

// Kind returns KindCopyFail.
func (*CopyFail) Kind() Kind { return KindCopyFail }

// Append appends the message.
func (m *CopyFail) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindCopyFail)
	e.cstring("reason", m.Reason)
	return e.finish()
}

// Parse reads the message from its body.
func (m *CopyFail) Parse(body []byte) error {
	d := decoder{body: body}
	m.Reason = d.cstring()
	return d.finish(KindCopyFail)
}
