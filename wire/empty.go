package wire

// The messages that are nothing but a header.

func appendEmpty(dst []byte, k Kind) ([]byte, error) {
	e := encode(dst, k)
	return e.finish()
}

func parseEmpty(body []byte, k Kind) error {
	d := decoder{body: body}
	return d.finish(k)
}

// appendCode and parseCode serve the messages that hold only the number that
// identifies them.
func appendCode(dst []byte, k Kind, code uint32) ([]byte, error) {
	e := encode(dst, k)
	e.uint32(code)
	return e.finish()
}

func parseCode(body []byte, k Kind, code uint32) error {
	d := decoder{body: body}
	d.code(code)
	return d.finish(k)
}

// Flush asks the backend to send the replies it has buffered. It has no reply of its
// own.
type Flush struct{}

var flushLayout = Layout{
	Kind: KindFlush, Name: "Flush", From: Frontend, Type: 'H',
	Doc: "Asks the backend to send what it holds back in its output buffer, without ending the transaction that Sync would end.",
	new: func() Message { return new(Flush) },
}

// Kind returns KindFlush.
func (*Flush) Kind() Kind { return KindFlush }

// Append appends the message.
func (*Flush) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindFlush) }

// Parse reads the message from its body.
func (*Flush) Parse(body []byte) error { return parseEmpty(body, KindFlush) }

// Sync ends a series of extended-query messages. The reply is [ReadyForQuery].
type Sync struct{}

var syncLayout = Layout{
	Kind: KindSync, Name: "Sync", From: Frontend, Type: 'S',
	Doc: "Ends a series of extended-query messages: outside a transaction block the implicit transaction is committed or rolled back, after an error the backend stops skipping, and ReadyForQuery follows.",
	new: func() Message { return new(Sync) },
}

// Kind returns KindSync.
func (*Sync) Kind() Kind { return KindSync }

// Append appends the message.
func (*Sync) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindSync) }

// Parse reads the message from its body.
func (*Sync) Parse(body []byte) error { return parseEmpty(body, KindSync) }

// Terminate ends the session. The backend closes the connection without a reply.
type Terminate struct{}

var terminateLayout = Layout{
	Kind: KindTerminate, Name: "Terminate", From: Frontend, Type: 'X',
	Doc: "Ends the session. The backend closes the connection without a reply.",
	new: func() Message { return new(Terminate) },
}

// Kind returns KindTerminate.
func (*Terminate) Kind() Kind { return KindTerminate }

// Append appends the message.
func (*Terminate) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindTerminate) }

// Parse reads the message from its body.
func (*Terminate) Parse(body []byte) error { return parseEmpty(body, KindTerminate) }

// ParseComplete is the reply to a successful [Parse].
type ParseComplete struct{}

var parseCompleteLayout = Layout{
	Kind: KindParseComplete, Name: "ParseComplete", From: Backend, Type: '1',
	Doc: "Parse succeeded: the prepared statement exists.",
	new: func() Message { return new(ParseComplete) },
}

// Kind returns KindParseComplete.
func (*ParseComplete) Kind() Kind { return KindParseComplete }

// Append appends the message.
func (*ParseComplete) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindParseComplete) }

// Parse reads the message from its body.
func (*ParseComplete) Parse(body []byte) error { return parseEmpty(body, KindParseComplete) }

// BindComplete is the reply to a successful [Bind].
type BindComplete struct{}

var bindCompleteLayout = Layout{
	Kind: KindBindComplete, Name: "BindComplete", From: Backend, Type: '2',
	Doc: "Bind succeeded: the portal exists.",
	new: func() Message { return new(BindComplete) },
}

// Kind returns KindBindComplete.
func (*BindComplete) Kind() Kind { return KindBindComplete }

// Append appends the message.
func (*BindComplete) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindBindComplete) }

// Parse reads the message from its body.
func (*BindComplete) Parse(body []byte) error { return parseEmpty(body, KindBindComplete) }

// CloseComplete is the reply to a successful [Close].
type CloseComplete struct{}

var closeCompleteLayout = Layout{
	Kind: KindCloseComplete, Name: "CloseComplete", From: Backend, Type: '3',
	Doc: "Close succeeded: the statement or portal does not exist, whether or not it did before.",
	new: func() Message { return new(CloseComplete) },
}

// Kind returns KindCloseComplete.
func (*CloseComplete) Kind() Kind { return KindCloseComplete }

// Append appends the message.
func (*CloseComplete) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindCloseComplete) }

// Parse reads the message from its body.
func (*CloseComplete) Parse(body []byte) error { return parseEmpty(body, KindCloseComplete) }

// NoData replies to a [Describe] of what returns no rows.
type NoData struct{}

var noDataLayout = Layout{
	Kind: KindNoData, Name: "NoData", From: Backend, Type: 'n',
	Doc: "Replies to a Describe of something that returns no rows, where RowDescription would stand.",
	new: func() Message { return new(NoData) },
}

// Kind returns KindNoData.
func (*NoData) Kind() Kind { return KindNoData }

// Append appends the message.
func (*NoData) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindNoData) }

// Parse reads the message from its body.
func (*NoData) Parse(body []byte) error { return parseEmpty(body, KindNoData) }

// PortalSuspended ends the rows of an [Execute] that reached its row limit.
type PortalSuspended struct{}

var portalSuspendedLayout = Layout{
	Kind: KindPortalSuspended, Name: "PortalSuspended", From: Backend, Type: 's',
	Doc: "An Execute reached its row limit before the portal was finished; another Execute goes on with it.",
	new: func() Message { return new(PortalSuspended) },
}

// Kind returns KindPortalSuspended.
func (*PortalSuspended) Kind() Kind { return KindPortalSuspended }

// Append appends the message.
func (*PortalSuspended) Append(dst []byte) ([]byte, error) {
	return appendEmpty(dst, KindPortalSuspended)
}

// Parse reads the message from its body.
func (*PortalSuspended) Parse(body []byte) error { return parseEmpty(body, KindPortalSuspended) }

// EmptyQueryResponse stands for [CommandComplete] where the query string was
// empty.
type EmptyQueryResponse struct{}

var emptyQueryResponseLayout = Layout{
	Kind: KindEmptyQueryResponse, Name: "EmptyQueryResponse", From: Backend, Type: 'I',
	Doc: "Stands for CommandComplete where the query string was empty.",
	new: func() Message { return new(EmptyQueryResponse) },
}

// Kind returns KindEmptyQueryResponse.
func (*EmptyQueryResponse) Kind() Kind { return KindEmptyQueryResponse }

// Append appends the message.
func (*EmptyQueryResponse) Append(dst []byte) ([]byte, error) {
	return appendEmpty(dst, KindEmptyQueryResponse)
}

// Parse reads the message from its body.
func (*EmptyQueryResponse) Parse(body []byte) error { return parseEmpty(body, KindEmptyQueryResponse) }

// CopyDone says that the sender has no more COPY data.
type CopyDone struct{}

var copyDoneLayout = Layout{
	Kind: KindCopyDone, Name: "CopyDone", From: Both, Type: 'c',
	Doc: "The sender has no more COPY data.",
	new: func() Message { return new(CopyDone) },
}

// Kind returns KindCopyDone.
func (*CopyDone) Kind() Kind { return KindCopyDone }

// Append appends the message.
func (*CopyDone) Append(dst []byte) ([]byte, error) { return appendEmpty(dst, KindCopyDone) }

// Parse reads the message from its body.
func (*CopyDone) Parse(body []byte) error { return parseEmpty(body, KindCopyDone) }
