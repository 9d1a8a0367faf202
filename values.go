package parley

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"parley/internal/exchange"
	"parley/internal/scan"
	"parley/pgtype"
)

// needTypes reports whether an argument cannot be written without knowing the
// parameter's type: bytes may be a bytea, or the text of anything else.
func needTypes(args []any) bool {
	return slices.ContainsFunc(args, scan.NeedsType)
}

// checkArgs compares the number of arguments with what the server expects.
func checkArgs(o *op, args []any) error {
	if len(args) > math.MaxUint16 {
		return fmt.Errorf("%s: %d arguments, at most 65535 can be sent", o.name, len(args))
	}
	if o.desc != nil && len(args) != len(o.desc.params) {
		return fmt.Errorf("%s: %d arguments for %d parameters", o.name, len(args), len(o.desc.params))
	}
	return nil
}

var zeroTime time.Time

// untyped writes arguments for parameters of which nothing is known.
var untyped = scan.NewParams(nil, nil)

// arguments returns what writes the arguments of a statement.
func (o *op) arguments() *scan.Params {
	switch {
	case o.desc != nil:
		return o.desc.args
	case len(o.stmt.guess) > 0:
		return scan.NewParams(nil, typesOf(nil, o.stmt.guess))
	}
	return untyped
}

// addBind makes the Bind of a statement.
func (c *Conn) addBind(o *op, args []any) (err error) {
	c.owe(exchange.PartBind, o, 0)
	c.out, err = appendBind(c.out, o, o.stmt.name, args)
	return err
}

// maxBind is the largest Bind that the server takes: 1 GB less a byte.
const maxBind = 1<<30 - 1

// appendBind appends the Bind of a statement with a name.
func appendBind(dst []byte, o *op, name string, args []any) ([]byte, error) {
	at := len(dst)
	dst = append(dst, 'B', 0, 0, 0, 0)
	dst = append(append(dst, o.portal()...), 0)
	dst = append(append(dst, name...), 0)
	dst, err := o.arguments().Append(dst, args)
	if err != nil {
		return dst[:at], valueError(err)
	}
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(o.formats)))
	for _, f := range o.formats {
		dst = binary.BigEndian.AppendUint16(dst, uint16(f))
	}
	n := len(dst) - at - 1
	if n > maxBind {
		return dst[:at], fmt.Errorf("%s: the arguments have more than 1 GB", o.name)
	}
	binary.BigEndian.PutUint32(dst[at+1:], uint32(n))
	return dst, nil
}

// typesOf returns what a catalog knows about types; nil for those it does not.
func typesOf(c *pgtype.Catalog, oids []uint32) []*pgtype.Type {
	types := make([]*pgtype.Type, len(oids))
	for i, oid := range oids {
		types[i] = c.Type(oid)
	}
	return types
}

// ArgumentError says which argument of a statement cannot be sent, or which
// column of a row in a COPY, and why. It does not hold its value.
type ArgumentError struct {
	Index   int    // from 1, as in $1; in a COPY the number of the column
	Column  string // its name, in a COPY
	Type    string // the type of PostgreSQL
	Go      string // the type of Go
	Problem string // what did not fit
	// Err is what a method of the Go type returned, such as Value. Its text is not
	// part of this error's, because it may have the value in it.
	Err error
}

// Error returns the argument, the types and what is wrong.
func (e *ArgumentError) Error() string { return (*scan.ParamError)(e).Error() }

// Unwrap returns what a method of the Go type returned.
func (e *ArgumentError) Unwrap() error { return e.Err }

// ColumnError says which column of a row a Go variable cannot hold, and why. It
// does not hold its value.
type ColumnError struct {
	Column  string // its name
	Number  int    // from 1
	Type    string // the type of PostgreSQL
	Go      string // the type of Go
	Problem string // what did not fit
	// Err is what a method of the Go type returned, such as Scan, or a FieldsError
	// about a composite. Its text is not part of this error's.
	Err error
}

// Error returns the column, the types and what is wrong.
func (e *ColumnError) Error() string { return (*scan.ColumnError)(e).Error() }

// Unwrap returns Err.
func (e *ColumnError) Unwrap() error { return e.Err }

// FieldsError says that the columns of a result and the fields of a Go struct do
// not go together. [Lenient] passes over what is too much on either side.
type FieldsError struct {
	Go       string   // the struct
	Columns  []string // that have no field
	Fields   []string // that have no column
	Repeated []string // columns with a name that an earlier column has too
}

// Error lists the columns and the fields.
func (e *FieldsError) Error() string { return (*scan.FieldsError)(e).Error() }

// valueError makes the errors of plans those of this package.
func valueError(err error) error {
	switch e := err.(type) {
	case *scan.ParamError:
		own := ArgumentError(*e)
		own.Err = valueError(e.Err)
		return &own
	case *scan.ColumnError:
		own := ColumnError(*e)
		own.Err = valueError(e.Err)
		return &own
	case *scan.FieldsError:
		return (*FieldsError)(e)
	}
	return err
}

// isStaleType reports whether a value was not made as its type was when it was
// looked up, or may not have been: the text of a composite does not tell the
// names of its attributes.
func isStaleType(err error) bool {
	if _, ok := errors.AsType[*scan.StaleTypeError](err); ok {
		return true
	}
	column, ok := errors.AsType[*scan.ColumnError](err)
	if !ok {
		return false
	}
	_, ok = errors.AsType[*scan.FieldsError](column.Err)
	return ok
}
