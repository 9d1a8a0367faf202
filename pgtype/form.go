package pgtype

import (
	"fmt"
	"slices"

	"parley/internal/pgcodec"
)

// Errors that callers tell apart.
var (
	// ErrInfinite is returned where an infinite value has no counterpart.
	ErrInfinite = pgcodec.ErrInfinite
	// ErrRange is returned for a value that does not fit.
	ErrRange = pgcodec.ErrRange
	// ErrLossy is returned for a conversion that would lose part of the value.
	ErrLossy = pgcodec.ErrLossy
)

// textual are the types whose forms are plain text, both of them.
var textual = []uint32{
	pgcodec.OIDText, pgcodec.OIDVarchar, pgcodec.OIDBPChar, pgcodec.OIDName, pgcodec.OIDUnknown, pgcodec.OIDCString,
}

func isTextual(t *Type) bool {
	return (t.Ext == "" || t.Ext == "citext") && slices.Contains(textual, t.Like)
}

// isText tells whether a form is plain text: any in the format Text, and the
// binary ones of types that hold text.
func isText(t *Type, f Format) bool {
	return isTextual(t) && (f == Text || t.Ext == "citext" || !isForeign(t))
}

// reads tells in which form a value of one of the own types is there: as such
// a type's, or as its text in a type that holds text.
func reads(t *Type, f Format, own ...uint32) (Format, error) {
	t = t.Under()
	switch {
	case t == nil && f == Text:
		return Text, nil
	case t == nil:
		return f, fmt.Errorf("the binary form of an unknown type cannot be read")
	case t.Ext == "" && slices.Contains(own, t.Like):
		return f, nil
	case isText(t, f):
		return Text, nil
	}
	return f, fmt.Errorf("cannot be read from %s", t)
}

// writes tells in which form a value of one of the own types is written.
func writes(t *Type, f Format, own ...uint32) (Format, error) {
	t = t.Under()
	switch {
	case f == Text || t != nil && isText(t, f):
		return Text, nil
	case t != nil && t.Ext == "" && slices.Contains(own, t.Like):
		return Binary, nil
	}
	return f, ErrFormat
}

// readsExt and writesExt are reads and writes for the type of an extension.
func readsExt(t *Type, f Format, ext string) (Format, error) {
	if u := t.Under(); u != nil && u.Ext == ext {
		return f, nil
	}
	return reads(t, f)
}

func writesExt(t *Type, f Format, ext string) (Format, error) {
	if u := t.Under(); u != nil && u.Ext == ext {
		return f, nil
	}
	return writes(t, f)
}

// badText is the error of a text that is not what it should be.
func badText(what string) error { return fmt.Errorf("malformed text of %s", what) }

// badForm is the error of a binary form that is not what it should be.
func badForm(what string) error { return fmt.Errorf("malformed binary %s", what) }
