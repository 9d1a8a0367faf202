package wire

import "strconv"

// Kind identifies a message among all messages of the protocol. The zero Kind
// is no message.
type Kind uint8

// The messages that open a connection.
const (
	_ Kind = iota
	KindStartupMessage
	KindSSLRequest
	KindGSSENCRequest
	KindCancelRequest
	KindSSLResponse
	KindGSSENCResponse
	KindNegotiateProtocolVersion
	KindBackendKeyData
)

// The messages of authentication.
const (
	KindAuthenticationOk Kind = iota + KindBackendKeyData + 1
	KindAuthenticationKerberosV5
	KindAuthenticationCleartextPassword
	KindAuthenticationMD5Password
	KindAuthenticationGSS
	KindAuthenticationGSSContinue
	KindAuthenticationSSPI
	KindAuthenticationSASL
	KindAuthenticationSASLContinue
	KindAuthenticationSASLFinal
	KindPasswordMessage
	KindSASLInitialResponse
	KindSASLResponse
	KindGSSResponse
)

// The messages of the simple and the extended query protocol, of function
// calls, and those that may come at any time.
const (
	KindQuery Kind = iota + KindGSSResponse + 1
	KindParse
	KindBind
	KindDescribe
	KindExecute
	KindClose
	KindFlush
	KindSync
	KindTerminate
	KindParseComplete
	KindBindComplete
	KindCloseComplete
	KindParameterDescription
	KindRowDescription
	KindNoData
	KindDataRow
	KindPortalSuspended
	KindCommandComplete
	KindEmptyQueryResponse
	KindReadyForQuery
	KindErrorResponse
	KindNoticeResponse
	KindNotificationResponse
	KindParameterStatus
	KindFunctionCall
	KindFunctionCallResponse
)

// The messages of COPY.
const (
	KindCopyInResponse Kind = iota + KindFunctionCallResponse + 1
	KindCopyOutResponse
	KindCopyBothResponse
	KindCopyData
	KindCopyDone
	KindCopyFail
)

// The messages inside CopyData when a server streams its log or a base backup.
const (
	KindXLogData Kind = iota + KindCopyFail + 1
	KindPrimaryKeepalive
	KindStandbyStatusUpdate
	KindHotStandbyFeedback
	KindNewArchive
	KindManifest
	KindArchiveData
	KindProgressReport
)

// The messages of pgoutput, inside XLogData.
const (
	KindLogicalBegin Kind = iota + KindProgressReport + 1
	KindLogicalMessage
	KindLogicalCommit
	KindLogicalOrigin
	KindLogicalRelation
	KindLogicalType
	KindLogicalInsert
	KindLogicalUpdate
	KindLogicalDelete
	KindLogicalTruncate
	KindStreamStart
	KindStreamStop
	KindStreamCommit
	KindStreamAbort
	KindBeginPrepare
	KindPrepare
	KindCommitPrepared
	KindRollbackPrepared
	KindStreamPrepare
	kindCount
)

// String returns the message's name in the manual.
func (k Kind) String() string {
	if k == 0 || k >= kindCount {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return catalog[k].Name
}

// Message is one message of the protocol.
type Message interface {
	// Kind says which message it is.
	Kind() Kind
	// Append appends the whole message, header included, and returns the
	// extended buffer. When the message cannot be encoded it returns dst as
	// it was and an [*EncodeError].
	Append(dst []byte) ([]byte, error)
	// Parse reads the message from its body, which it does not keep except
	// for the byte slices that alias it. It returns a [*SyntaxError] when
	// the body does not fit; the message's fields are then undefined.
	Parse(body []byte) error
}

// New returns an empty message of the kind, ready for Parse, or nil when there
// is no such kind.
func New(k Kind) Message {
	if k == 0 || k >= kindCount {
		return nil
	}
	return catalog[k].new()
}

// Payload says what CopyData carries.
type Payload uint8

// What CopyData can carry.
const (
	// PayloadCopy is the data of a COPY: opaque bytes.
	PayloadCopy Payload = iota
	// PayloadPhysical is a stream of write-ahead log, or of a logical
	// decoding plug-in that this package does not know.
	PayloadPhysical
	// PayloadLogical is a replication stream made by pgoutput.
	PayloadLogical
	// PayloadBackup is the reply to BASE_BACKUP, from PostgreSQL 15 on.
	PayloadBackup
)

// Context is what one must know beside a message's bytes to read them: the
// conversation before them decides. [Session] keeps it. The zero Context fits
// most messages.
type Context struct {
	// Payload is what CopyData carries at present.
	Payload Payload
	// Streamed says that pgoutput is between StreamStart and StreamStop,
	// where some messages begin with a transaction id.
	Streamed bool
	// Password is what the type byte 'p' stands for at present:
	// KindSASLInitialResponse, KindSASLResponse or KindGSSResponse; anything
	// else is taken as KindPasswordMessage.
	Password Kind
}

// Identify returns the kind of a message with a type byte, from its sender and
// the start of its body, or 0 when the protocol has no such message.
func Identify(from Side, typ byte, body []byte, c Context) Kind {
	switch {
	case from == Frontend && typ == 'p':
		switch c.Password {
		case KindSASLInitialResponse, KindSASLResponse, KindGSSResponse:
			return c.Password
		}
		return KindPasswordMessage
	case from == Backend && typ == 'R':
		return identifyAuthentication(body)
	case from == Backend:
		return backendKinds[typ]
	case from == Frontend:
		return frontendKinds[typ]
	}
	return 0
}

// IdentifyUntyped returns the kind of a message of the startup phase from its
// body: one of the three requests by their code, else KindStartupMessage.
func IdentifyUntyped(body []byte) Kind {
	d := decoder{body: body}
	switch d.uint32() {
	case CancelRequestCode:
		return KindCancelRequest
	case SSLRequestCode:
		return KindSSLRequest
	case GSSENCRequestCode:
		return KindGSSENCRequest
	}
	return KindStartupMessage
}

// IdentifyPayload returns the kind of the message inside a CopyData from the
// sender and the message's first byte, or 0 when it is none.
func IdentifyPayload(from Side, data []byte, c Context) Kind {
	switch {
	case len(data) == 0 || c.Payload == PayloadCopy:
		return 0
	case from == Backend && c.Payload == PayloadBackup:
		return backupKinds[data[0]]
	case from == Backend:
		return walsenderKinds[data[0]]
	case from == Frontend && c.Payload != PayloadBackup:
		return standbyKinds[data[0]]
	}
	return 0
}

// IdentifyLogical returns the kind of a pgoutput message from its first byte,
// or 0 when it is none.
func IdentifyLogical(data []byte) Kind {
	if len(data) == 0 {
		return 0
	}
	return logicalKinds[data[0]]
}

func identifyAuthentication(body []byte) Kind {
	d := decoder{body: body}
	code := d.uint32()
	if d.bad || code >= uint32(len(authenticationKinds)) {
		return 0
	}
	return authenticationKinds[code]
}
