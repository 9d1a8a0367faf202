package wire

import "iter"

// Envelope is the kind of header that a message has.
type Envelope uint8

// The envelopes.
const (
	// Typed is a type byte, an Int32 length that counts itself, the body.
	Typed Envelope = iota
	// Untyped is an Int32 length that counts itself, and the body: the
	// messages that a frontend sends before anything else.
	Untyped
	// Bare is one byte with no length: the replies to SSLRequest and
	// GSSENCRequest.
	Bare
	// Embedded is a type byte and the body, to the end of the CopyData or
	// XLogData around it.
	Embedded
)

// Header returns how many bytes stand before the body.
func (e Envelope) Header() int {
	switch e {
	case Typed:
		return 5
	case Untyped:
		return 4
	case Embedded:
		return 1
	}
	return 0
}

// Layout describes one message: who sends it, when, and every byte of it.
// Layouts are shared and must not be changed.
type Layout struct {
	Kind     Kind
	Name     string   // as in the manual, without its spaces
	From     Side     // who may send it
	Type     byte     // the type byte; 0 for Untyped and Bare
	Envelope Envelope // what the header is
	Large    bool     // may be longer than a peer's limit for short messages
	Since    string   // the version that introduced it, or its present form; "" for protocol 3.0
	Doc      string   // one or more sentences
	Fields   []Field  // the body, in order

	new func() Message
}

// FieldKind is how a field is written.
type FieldKind uint8

// The kinds of field. Integers are big-endian.
const (
	Byte    FieldKind = iota // one byte, shown as a character where it is one
	Bool                     // one byte, 0 or 1
	Int8                     // one byte, shown as a number
	Int16                    // two bytes
	Int32                    // four bytes
	Int64                    // eight bytes
	Code                     // four bytes with the fixed value Field.Value
	CString                  // bytes up to and including a NUL
	Fixed                    // Field.Min bytes
	Rest                     // all bytes that are left; at least Field.Min, at most Field.Max when that is not 0
	Value                    // Int32 length and as many bytes; -1 for NULL unless Field.NotNull
	List16                   // Int16 number of elements, without sign, and the elements
	List32                   // Int32 number of elements, and the elements
	Until                    // elements up to and including a zero byte
	Choice                   // one byte, and the fields of the case it names
	Group                    // the fields of Elem, absent together
)

// Role says what a field's value means, where that helps to show it.
type Role uint8

// The roles.
const (
	RoleNone    Role = iota
	RoleOID          // the object ID of something
	RoleTypeOID      // the object ID of a type
	RoleFormat       // a Format
	RoleVersion      // a Version
	RoleLSN          // an LSN
	RoleTime         // Micros
	RolePID          // the process ID of a backend
	RoleSQL          // SQL text
	RoleSecret       // a password, a proof, a token or a key: masked unless asked for
	RoleSASL         // a message of a SASL mechanism, which may hold a proof or a token
)

// Field describes one field of a message.
type Field struct {
	Name     string
	Kind     FieldKind
	Doc      string
	Role     Role
	Unsigned bool    // an integer without sign
	Value    int64   // of a Code
	Min, Max int     // of Fixed and Rest: the number of bytes
	NotNull  bool    // a Value whose length -1 is refused
	Elem     []Field // of lists: the fields of each element; a single one may be nameless
	Head     []Field // of List16 and List32: fields between the number of elements and the first
	Cases    []Case  // of a Choice
	Optional bool    // a Choice: absent when the next byte names none of its cases; a Group: absent at the end of the message
	Streamed bool    // present only while Context.Streamed
	Values   []Named // what particular values mean
}

// Case is one alternative of a Choice.
type Case struct {
	Tag    byte
	Doc    string
	Fields []Field
}

// Named is a value of a field that has a name.
type Named struct {
	Value int64
	Name  string
	Doc   string
}

// LayoutOf returns the layout of a kind, or nil when there is no such kind.
func LayoutOf(k Kind) *Layout {
	if k == 0 || k >= kindCount {
		return nil
	}
	return &catalog[k]
}

// Layouts returns the layouts of all messages, in the order of their kinds.
func Layouts() iter.Seq[*Layout] {
	return func(yield func(*Layout) bool) {
		for k := Kind(1); k < kindCount; k++ {
			if !yield(&catalog[k]) {
				return
			}
		}
	}
}

// LayoutByName returns the layout of the message with the name, as the manual
// spells it, or nil.
func LayoutByName(name string) *Layout {
	for l := range Layouts() {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// minSize returns the least number of bytes that the fields take.
func minSize(fs []Field) int {
	n := 0
	for i := range fs {
		n += fs[i].minSize()
	}
	return n
}

func (f *Field) minSize() int {
	if f.Optional || f.Streamed {
		return 0
	}
	switch f.Kind {
	case Byte, Bool, Int8, CString, Until, Choice:
		return 1
	case Int16, List16:
		return 2
	case Int32, Code, Value, List32:
		return 4
	case Int64:
		return 8
	case Fixed, Rest:
		return f.Min
	case Group:
		return minSize(f.Elem)
	}
	return 0
}
