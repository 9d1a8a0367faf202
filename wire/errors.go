package wire

import "fmt"

// SyntaxError says that bytes do not fit a message's layout, and where.
// It holds no value from the message.
type SyntaxError struct {
	Message string // the message's name in the manual
	Field   string // the field, as in "params[0]"; "" for the message as a whole
	Offset  int    // where the field starts, in bytes from the message's first byte
	Size    int    // how many bytes the message has, header included
	Problem string // what is wrong there
}

// Error returns the message, the place and the problem.
func (e *SyntaxError) Error() string {
	field := e.Field
	if field == "" {
		field = "message"
	}
	return fmt.Sprintf("wire: malformed %s: %s at byte %d of %d: %s",
		e.Message, field, e.Offset, e.Size, e.Problem)
}

// EncodeError says why a message cannot be encoded. It holds no value from the
// message.
type EncodeError struct {
	Message string // the message's name in the manual
	Field   string // the field, as in "params[0]"
	Problem string // what is wrong with it
}

// Error returns the message, the field and the problem.
func (e *EncodeError) Error() string {
	return fmt.Sprintf("wire: cannot encode %s: %s %s", e.Message, e.Field, e.Problem)
}

// StateError says that a well-formed message came at a time when the protocol
// does not allow it.
type StateError struct {
	Message string // the message's name in the manual
	From    Side   // who sent it
	Number  int    // which message of the conversation it was, counted from 1
	Offset  int64  // where it starts, in bytes from the sender's first byte
	Rule    string // the rule that it breaks
}

// Error returns the sender, the message, its place and the rule.
func (e *StateError) Error() string {
	return fmt.Sprintf("wire: %s from the %s (message %d, byte %d) is out of place: %s",
		e.Message, e.From, e.Number, e.Offset, e.Rule)
}
