package scan

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"parley/pgtype"
)

// ColumnError says which column of a row a Go variable cannot hold, and why. It
// does not tell the value.
type ColumnError struct {
	Column  string // its name
	Number  int    // from 1
	Type    string // the type of PostgreSQL
	Go      string // the type of Go
	Problem string // what did not fit
	// Err is the cause where there is one: a *StaleTypeError, or what a method of
	// the Go type returned. Its text is not part of this error's, because it may
	// have the value in it.
	Err error
}

// Error returns the column, the types and the problem.
func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %q (number %d, of type %s) into %s: %s", e.Column, e.Number, e.Type, e.Go, e.Problem)
}

// Unwrap returns the cause.
func (e *ColumnError) Unwrap() error { return e.Err }

// ParamError says which parameter a Go value cannot be sent as, and why. It
// does not tell the value.
type ParamError struct {
	Index   int    // from 1, as in $1; in a COPY the number of the column
	Column  string // its name, in a COPY
	Type    string // the type of PostgreSQL
	Go      string // the type of Go
	Problem string // what did not fit
	Err     error  // as in ColumnError
}

// Error returns the parameter, the types and the problem.
func (e *ParamError) Error() string {
	what := fmt.Sprintf("argument $%d", e.Index)
	if e.Column != "" {
		what = fmt.Sprintf("column %q", e.Column)
	}
	return fmt.Sprintf("%s (%s, for type %s): %s", what, e.Go, e.Type, e.Problem)
}

// Unwrap returns the cause.
func (e *ParamError) Unwrap() error { return e.Err }

// FieldsError says that a result and a Go struct do not go together.
type FieldsError struct {
	Go       string   // the struct
	Columns  []string // that have no field
	Fields   []string // that have no column
	Repeated []string // columns with a name that an earlier column has too
}

// Error lists the columns and the fields.
func (e *FieldsError) Error() string {
	var parts []string
	add := func(names []string, what string) {
		if len(names) > 0 {
			parts = append(parts, what+" "+strings.Join(names, ", "))
		}
	}
	add(e.Columns, "no field for column")
	add(e.Fields, "no column for field")
	add(e.Repeated, "more than one column named")
	return "rows into " + e.Go + ": " + strings.Join(parts, "; ")
}

// ShapeError says that what should be a row is none of those that were
// described, whoever reads it.
type ShapeError struct{ Err error }

// Error tells what is wrong.
func (e *ShapeError) Error() string { return e.Err.Error() }

// Unwrap returns the *wire.SyntaxError where there is one.
func (e *ShapeError) Unwrap() error { return e.Err }

// StaleTypeError says that a value was not made as the catalog describes its
// type: the type was changed since the catalog was asked.
type StaleTypeError struct{ OID uint32 }

// Error tells the type.
func (e *StaleTypeError) Error() string {
	return fmt.Sprintf("the type with OID %d has changed since it was looked up", e.OID)
}

// problem is what is wrong with one value, with a cause whose text is not shown.
type problem struct {
	text  string
	cause error
}

func (p *problem) Error() string { return p.text }
func (p *problem) Unwrap() error { return p.cause }

// What is wrong with a value.
var (
	errRange     = errors.New("the value is out of the range of the type")
	errInexact   = errors.New("the type cannot hold the value exactly")
	errFraction  = errors.New("the value is not a whole number")
	errMalformed = errors.New("what the server sent is no value of the type")
	errNoBinary  = errors.New("the binary form of a type that is not known cannot be read; please report it")
	errDeep      = errors.New("types are nested too deeply in others")
	errVersion   = errors.New("a version of the binary form that is not known")
)

// refused hides what code of the user said about a value.
func refused(method string, err error) error {
	if err == nil {
		return nil
	}
	return &problem{method + " refused the value", err}
}

// mismatch is the error of a pair of types that do not go together.
func mismatch(t *pgtype.Type, typ reflect.Type) error {
	return &problem{fmt.Sprintf("%s and %s have no conversion between them", t, typ), nil}
}

// within says where in a larger value something is wrong.
func within(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &problem{fmt.Sprintf(format, args...) + ": " + err.Error(), err}
}

// columnError places an error.
func columnError(c Column, number int, typ reflect.Type, err error) error {
	return &ColumnError{Column: c.Name, Number: number, Type: c.Type.String(), Go: typ.String(), Problem: err.Error(), Err: cause(err)}
}

// cause returns what an error of a plan stems from, nil where it says it all.
func cause(err error) error {
	if _, ok := errors.AsType[*StaleTypeError](err); ok {
		return err
	}
	for {
		p, ok := err.(*problem)
		if !ok {
			return err
		}
		if p.cause == nil {
			return nil
		}
		err = p.cause
	}
}

// tooDeep reports whether types are within themselves, so that there is no use
// in trying others.
func tooDeep(err error) bool { return errors.Is(err, errDeep) }
