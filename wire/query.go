package wire

// Query runs one or more statements, separated by semicolons: the simple
// query protocol. All values in the reply are text.
type Query struct {
	SQL string
}

var queryLayout = Layout{
	Kind: KindQuery, Name: "Query", From: Frontend, Type: 'Q', Large: true,
	Doc: "Runs one or more statements separated by semicolons. Each is answered with RowDescription, DataRow and " +
		"CommandComplete as it needs; one ReadyForQuery ends the whole.",
	Fields: []Field{{Name: "sql", Kind: CString, Role: RoleSQL, Doc: "the query string"}},
	new:    func() Message { return new(Query) },
}

// Kind returns KindQuery.
func (*Query) Kind() Kind { return KindQuery }

// Append appends the message.
func (m *Query) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindQuery)
	e.cstring("sql", m.SQL)
	return e.finish()
}

// Parse reads the message from its body.
func (m *Query) Parse(body []byte) error {
	d := decoder{body: body}
	m.SQL = d.cstring()
	return d.finish(KindQuery)
}

// Parse creates a prepared statement from one SQL statement.
type Parse struct {
	Statement  string   // "" for the unnamed statement
	SQL        string   // at most one statement
	ParamTypes []uint32 // type OIDs of the first parameters; 0 leaves a type to the server
}

var parseLayout = Layout{
	Kind: KindParse, Name: "Parse", From: Frontend, Type: 'P', Large: true,
	Doc: "Creates a prepared statement from one SQL statement. The unnamed statement lasts until the next Parse that " +
		"names none, or the next Query; a named one must be closed before its name is used again.",
	Fields: []Field{
		{Name: "statement", Kind: CString, Doc: "the name of the prepared statement to create; empty for the unnamed statement"},
		{Name: "sql", Kind: CString, Role: RoleSQL, Doc: "the statement, with $1, $2, … where parameters go"},
		{Name: "paramTypes", Kind: List16, Doc: "parameter types that the frontend wants to prescribe; may be fewer than there are parameters",
			Elem: []Field{{Kind: Int32, Unsigned: true, Role: RoleTypeOID, Doc: "the type's object ID; 0 leaves it to the server"}}},
	},
	new: func() Message { return new(Parse) },
}

// Kind returns KindParse.
func (*Parse) Kind() Kind { return KindParse }

// Append appends the message.
func (m *Parse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindParse)
	e.cstring("statement", m.Statement)
	e.cstring("sql", m.SQL)
	e.count16("paramTypes", len(m.ParamTypes), 4)
	if e.problem == "" {
		for _, t := range m.ParamTypes {
			e.uint32(t)
		}
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *Parse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Statement, m.SQL = d.cstring(), d.cstring()
	m.ParamTypes = d.uint32s(d.count16(4), m.ParamTypes)
	return d.finish(KindParse)
}

// Bind creates a portal from a prepared statement and values for its
// parameters.
type Bind struct {
	Portal        string   // "" for the unnamed portal
	Statement     string   // "" for the unnamed statement
	ParamFormats  []Format // none: all text; one: for all; else one per parameter
	Params        [][]byte // nil for NULL
	ResultFormats []Format // none: all text; one: for all; else one per column
}

var bindLayout = Layout{
	Kind: KindBind, Name: "Bind", From: Frontend, Type: 'B', Large: true,
	Doc: "Creates a portal, a statement ready to run, from a prepared statement and values for its parameters. " +
		"The unnamed portal lasts until the next Bind that names none, or the next Query, and at most to the end of the transaction.",
	Fields: []Field{
		{Name: "portal", Kind: CString, Doc: "the name of the portal to create; empty for the unnamed portal"},
		{Name: "statement", Kind: CString, Doc: "the name of the prepared statement; empty for the unnamed statement"},
		{Name: "paramFormats", Kind: List16, Doc: "the formats of the parameters: none for all text, one for all of them, or one each",
			Elem: []Field{{Kind: Int16, Role: RoleFormat, Values: formatNames, Doc: "0 for text, 1 for binary"}}},
		{Name: "params", Kind: List16, Doc: "the values of the parameters; as many as the statement needs",
			Elem: []Field{{Kind: Value, Doc: "the value in the format given; length -1 for NULL"}}},
		{Name: "resultFormats", Kind: List16, Doc: "the formats wanted for the columns: none for all text, one for all of them, or one each",
			Elem: []Field{{Kind: Int16, Role: RoleFormat, Values: formatNames, Doc: "0 for text, 1 for binary"}}},
	},
	new: func() Message { return new(Bind) },
}

var formatNames = []Named{{0, "text", "the value as text"}, {1, "binary", "the value in its type's binary form"}}

// Kind returns KindBind.
func (*Bind) Kind() Kind { return KindBind }

// Append appends the message.
func (m *Bind) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindBind)
	e.cstring("portal", m.Portal)
	e.cstring("statement", m.Statement)
	e.formats("paramFormats", m.ParamFormats)
	e.values("params", m.Params)
	e.formats("resultFormats", m.ResultFormats)
	return e.finish()
}

// Parse reads the message from its body.
func (m *Bind) Parse(body []byte) error {
	d := decoder{body: body}
	m.Portal, m.Statement = d.cstring(), d.cstring()
	m.ParamFormats = d.formats(m.ParamFormats)
	m.Params = d.values(m.Params)
	m.ResultFormats = d.formats(m.ResultFormats)
	return d.finish(KindBind)
}

// Describe asks for the description of a prepared statement (replied to with
// [ParameterDescription], then [RowDescription] or [NoData]) or of a portal
// (RowDescription or NoData).
type Describe struct {
	Object Object
	Name   string
}

var objectField = Field{Name: "object", Kind: Byte, Doc: "what the name is the name of", Values: []Named{
	{'S', "statement", "a prepared statement"}, {'P', "portal", "a portal"}}}

var describeLayout = Layout{
	Kind: KindDescribe, Name: "Describe", From: Frontend, Type: 'D',
	Doc: "Asks for the parameters and columns of a prepared statement, or for the columns of a portal.",
	Fields: []Field{objectField,
		{Name: "name", Kind: CString, Doc: "the name; empty for the unnamed statement or portal"}},
	new: func() Message { return new(Describe) },
}

// Kind returns KindDescribe.
func (*Describe) Kind() Kind { return KindDescribe }

// Append appends the message.
func (m *Describe) Append(dst []byte) ([]byte, error) {
	return appendObject(dst, KindDescribe, m.Object, m.Name)
}

// Parse reads the message from its body.
func (m *Describe) Parse(body []byte) (err error) {
	m.Object, m.Name, err = parseObject(body, KindDescribe)
	return err
}

// Close destroys a prepared statement, and the portals made from it, or a
// portal. It is no error when there is none with the name.
type Close struct {
	Object Object
	Name   string
}

var closeLayout = Layout{
	Kind: KindClose, Name: "Close", From: Frontend, Type: 'C',
	Doc: "Destroys a prepared statement or a portal. It is no error when there is none of that name.",
	Fields: []Field{objectField,
		{Name: "name", Kind: CString, Doc: "the name; empty for the unnamed statement or portal"}},
	new: func() Message { return new(Close) },
}

// Kind returns KindClose.
func (*Close) Kind() Kind { return KindClose }

// Append appends the message.
func (m *Close) Append(dst []byte) ([]byte, error) {
	return appendObject(dst, KindClose, m.Object, m.Name)
}

// Parse reads the message from its body.
func (m *Close) Parse(body []byte) (err error) {
	m.Object, m.Name, err = parseObject(body, KindClose)
	return err
}

func appendObject(dst []byte, k Kind, o Object, name string) ([]byte, error) {
	e := encode(dst, k)
	e.byte(byte(o))
	e.cstring("name", name)
	return e.finish()
}

func parseObject(body []byte, k Kind) (Object, string, error) {
	d := decoder{body: body}
	o, name := Object(d.byte()), d.cstring()
	return o, name, d.finish(k)
}

// Execute runs a portal, to its end or for a number of rows.
type Execute struct {
	Portal  string // "" for the unnamed portal
	MaxRows int32  // 0 for no limit; only for portals that return rows
}

var executeLayout = Layout{
	Kind: KindExecute, Name: "Execute", From: Frontend, Type: 'E',
	Doc: "Runs a portal. No RowDescription comes before its rows; Describe asks for one.",
	Fields: []Field{
		{Name: "portal", Kind: CString, Doc: "the name of the portal; empty for the unnamed portal"},
		{Name: "maxRows", Kind: Int32, Doc: "how many rows to return before PortalSuspended; 0 for no limit"},
	},
	new: func() Message { return new(Execute) },
}

// Kind returns KindExecute.
func (*Execute) Kind() Kind { return KindExecute }

// Append appends the message.
func (m *Execute) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindExecute)
	e.cstring("portal", m.Portal)
	if e.room("maxRows", -1, 4) {
		e.int32(m.MaxRows)
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *Execute) Parse(body []byte) error {
	d := decoder{body: body}
	m.Portal, m.MaxRows = d.cstring(), d.int32()
	return d.finish(KindExecute)
}
