package scan

import (
	"encoding/binary"
	"fmt"
	"reflect"

	"parley/pgtype"
)

// Dests reads rows into variables that are given as pointers, one for each
// column. It remembers how, so that the next row with variables of the same
// types costs no look-up. It is safe for concurrent use.
type Dests struct {
	catalog *pgtype.Catalog
	cols    []Column
	readers []list[typeWord, *Reader] // of each column
}

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
	at := 2
	for i := range dest {
		if len(body)-at < 4 {
			return misshapen(body, len(d.cols))
		}
		n := int(int32(binary.BigEndian.Uint32(body[at:])))
		at += 4
		var b []byte
		switch {
		case uint(n) <= uint(len(body)-at): // and so not negative
			b = body[at : at+n]
			at += n
		case n != -1:
			return misshapen(body, len(d.cols))
		}
		if dest[i] == nil {
			continue
		}
		word, p := open(&dest[i])
		r, ok := d.readers[i].get(word)
		if !ok {
			var err error
			if r, err = d.compile(i, dest[i]); err != nil {
				return err
			}
		}
		if !p.Valid() {
			return fmt.Errorf("the variable for column %d is a nil %T", i+1, dest[i])
		}
		var err error
		if b != nil && r.op != opFunc {
			err = r.op.read(m, b, p)
		} else {
			err = r.Read(m, b, p)
		}
		if err != nil {
			return columnError(d.cols[i], i+1, r.typ, err)
		}
	}
	if at != len(body) {
		return misshapen(body, len(d.cols))
	}
	return nil
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
