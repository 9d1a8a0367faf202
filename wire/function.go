package wire

// FunctionCall calls a function by its object ID: the fast path. PREPARE or
// the extended query protocol do the same with more comfort.
type FunctionCall struct {
	Function     uint32   // OID
	ArgFormats   []Format // none: all text; one: for all; else one per argument
	Args         [][]byte // nil for NULL
	ResultFormat Format
}

var functionCallLayout = Layout{
	Kind: KindFunctionCall, Name: "FunctionCall", From: Frontend, Type: 'F', Large: true,
	Doc: "Calls a function by its object ID (the fast path). The replies are FunctionCallResponse and ReadyForQuery.",
	Fields: []Field{
		{Name: "function", Kind: Int32, Unsigned: true, Role: RoleOID, Doc: "the object ID of the function"},
		{Name: "argFormats", Kind: List16, Doc: "the formats of the arguments: none for all text, one for all of them, or one each",
			Elem: []Field{{Kind: Int16, Role: RoleFormat, Values: formatNames, Doc: "0 for text, 1 for binary"}}},
		{Name: "args", Kind: List16, Doc: "the arguments",
			Elem: []Field{{Kind: Value, Doc: "the argument's value; length -1 for NULL"}}},
		{Name: "resultFormat", Kind: Int16, Role: RoleFormat, Values: formatNames, Doc: "the format wanted for the result"},
	},
	new: func() Message { return new(FunctionCall) },
}

// Kind returns KindFunctionCall.
func (*FunctionCall) Kind() Kind { return KindFunctionCall }

// Append appends the message.
func (m *FunctionCall) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindFunctionCall)
	e.uint32(m.Function)
	e.formats("argFormats", m.ArgFormats)
	e.values("args", m.Args)
	if e.room("resultFormat", -1, 2) {
		e.int16(int16(m.ResultFormat))
	}
	return e.finish()
}

// Parse reads the message from its body.
func (m *FunctionCall) Parse(body []byte) error {
	d := decoder{body: body}
	m.Function = d.uint32()
	m.ArgFormats = d.formats(m.ArgFormats)
	m.Args = d.values(m.Args)
	m.ResultFormat = Format(d.int16())
	return d.finish(KindFunctionCall)
}

// FunctionCallResponse is the result of a [FunctionCall].
type FunctionCallResponse struct {
	Result []byte // nil for NULL
}

var functionCallResponseLayout = Layout{
	Kind: KindFunctionCallResponse, Name: "FunctionCallResponse", From: Backend, Type: 'V', Large: true,
	Doc:    "The result of a FunctionCall.",
	Fields: []Field{{Name: "result", Kind: Value, Doc: "the result's value; length -1 for NULL"}},
	new:    func() Message { return new(FunctionCallResponse) },
}

// Kind returns KindFunctionCallResponse.
func (*FunctionCallResponse) Kind() Kind { return KindFunctionCallResponse }

// Append appends the message.
func (m *FunctionCallResponse) Append(dst []byte) ([]byte, error) {
	e := encode(dst, KindFunctionCallResponse)
	e.value("result", -1, m.Result)
	return e.finish()
}

// Parse reads the message from its body.
func (m *FunctionCallResponse) Parse(body []byte) error {
	d := decoder{body: body}
	m.Result = d.value()
	return d.finish(KindFunctionCallResponse)
}
