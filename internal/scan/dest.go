package scan

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"sync/atomic"

	"parley/pgtype"
)

// Dests reads rows into variables that are given as pointers, one for each
// column. It remembers how, so that the next row with variables of the same
// types costs no look-up. It is safe for concurrent use.
type Dests struct {
	catalog *pgtype.Catalog
	cols    []Column
	readers []list[typeWord, *Reader] // of each column
	last    atomic.Pointer[bound]
}

// bound is how variables of certain types are read, in one piece of memory. It is
// immutable but for the count.
type bound struct {
	readers []boundReader // of each column
	misses  atomic.Int32  // how many variables were of another type
}

// boundReader reads into a variable of a type.
type boundReader struct {
	word typeWord
	op   opcode
	*Reader
}

// maxMisses is how many variables of other types come before these are those
// that are expected.
const maxMisses = 256

// NewDests returns the plan for rows of the columns.
func NewDests(c *pgtype.Catalog, cols []Column) *Dests {
	return &Dests{catalog: c, cols: cols, readers: make([]list[typeWord, *Reader], len(cols))}
}

// Read reads a row from the body of a DataRow into variables. The value of a
// column whose variable is a nil any is passed over.
func (d *Dests) Read(m *Memory, body []byte, dest []any) error {
	if len(dest) != len(d.cols) {
		return fmt.Errorf("%d variables for %d columns", len(dest), len(d.cols))
	}
	if len(body) < 2 || int(binary.BigEndian.Uint16(body)) != len(d.cols) {
		return misshapen(body, len(d.cols))
	}
	expected := d.last.Load()
	if expected == nil {
		expected = d.bind(dest)
	}
	readers := expected.readers[:len(dest)]
	rest := body[2:]
	for i := range dest {
		if len(rest) < 4 {
			return misshapen(body, len(d.cols))
		}
		n := int(int32(binary.BigEndian.Uint32(rest)))
		rest = rest[4:]
		var b []byte
		if uint(n) <= uint(len(rest)) { // and so not negative
			b = rest[:n]
			rest = rest[n:]
		} else if n != -1 {
			return misshapen(body, len(d.cols))
		}
		r := &readers[i]
		word, p := open(&dest[i])
		switch {
		case word != r.word || !p.Valid() || n < 0:
			if err := d.other(m, i, b, dest[i], expected); err != nil {
				return err
			}
		case r.op == op64 && len(b) == 8:
			*At[uint64](p) = binary.BigEndian.Uint64(b)
		case r.op == op32 && len(b) == 4:
			*At[uint32](p) = binary.BigEndian.Uint32(b)
		case r.op == opString:
			*At[string](p) = m.String(b)
		case r.op == opBool && len(b) == 1 && b[0] <= 1:
			*At[bool](p) = b[0] == 1
		default:
			if err := r.Read(m, b, p); err != nil {
				return columnError(d.cols[i], i+1, r.typ, err)
			}
		}
	}
	if len(rest) != 0 {
		return misshapen(body, len(d.cols))
	}
	return nil
}

// bind notes the types of variables as those that are expected, as far as they
// can be read into.
func (d *Dests) bind(dest []any) *bound {
	e := &bound{readers: make([]boundReader, len(dest))}
	for i := range dest {
		if dest[i] == nil {
			continue
		}
		if r, err := d.reader(i, dest[i]); err == nil {
			word, _ := open(&dest[i])
			e.readers[i] = boundReader{word, r.op, r}
		}
	}
	d.last.Store(e)
	return e
}

// other reads NULL, and into variables that are nil or not of the type that is
// expected.
func (d *Dests) other(m *Memory, i int, b []byte, dest any, expected *bound) error {
	if dest == nil {
		return nil
	}
	r, err := d.reader(i, dest)
	if err != nil {
		return err
	}
	word, p := open(&dest)
	if !p.Valid() {
		return fmt.Errorf("the variable for column %d is a nil %T", i+1, dest)
	}
	if word != expected.readers[i].word && expected.misses.Add(1) == maxMisses {
		d.last.Store(nil) // the next row's are bound
	}
	if err := r.Read(m, b, p); err != nil {
		return columnError(d.cols[i], i+1, r.typ, err)
	}
	return nil
}

// reader returns the reader of a column for a variable's type.
func (d *Dests) reader(i int, dest any) (*Reader, error) {
	word, _ := open(&dest)
	if r, ok := d.readers[i].get(word); ok {
		return r, nil
	}
	return d.compile(i, dest)
}

// compile makes the reader of a column for a variable's type.
func (d *Dests) compile(i int, dest any) (*Reader, error) {
	typ := reflect.TypeOf(dest)
	if typ.Kind() != reflect.Pointer {
		return nil, fmt.Errorf("the variable for column %d is a %s, not a pointer", i+1, typ)
	}
	c := d.cols[i]
	r, err := CompileRead(d.catalog, c.Type, c.Format, typ.Elem())
	if err != nil {
		return nil, columnError(c, i+1, typ.Elem(), err)
	}
	word, _ := open(&dest)
	return d.readers[i].add(word, &r), nil
}
