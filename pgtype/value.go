package pgtype

import "errors"

// ErrFormat is what a Marshaler returns when it cannot write the format asked
// for.
var ErrFormat = errors.New("the value has no form in that format")

// Marshaler is implemented by Go types that write themselves as values of
// PostgreSQL. AppendPG appends the value's form, without a length, in the given
// format. A type that has no binary form for t returns [ErrFormat] when asked
// for it, and is asked for text.
type Marshaler interface {
	AppendPG(dst []byte, t *Type, f Format) ([]byte, error)
}

// Unmarshaler is implemented by Go types that read themselves from values of
// PostgreSQL. src is not nil, must not be kept or changed, and may hold
// anything: it came from a peer.
type Unmarshaler interface {
	ScanPG(src []byte, t *Type, f Format) error
}
