package scan

import (
	"reflect"

	"parley/pgtype"
)

// Plans keeps the row plans for one list of columns, by Go type, so that each
// is compiled once. It is safe for concurrent use.
type Plans struct {
	catalog *pgtype.Catalog
	cols    []Column
	rows    list[planKey, *Row]
}

type planKey struct {
	typ  reflect.Type
	mode Mode
}

// NewPlans returns an empty collection of plans for rows of the columns.
func NewPlans(c *pgtype.Catalog, cols []Column) *Plans { return &Plans{catalog: c, cols: cols} }

// Row returns the plan for a Go type.
func (p *Plans) Row(typ reflect.Type, mode Mode) (*Row, error) {
	key := planKey{typ, mode}
	if r, ok := p.rows.get(key); ok {
		return r, nil
	}
	r, err := CompileRow(p.catalog, p.cols, typ, mode)
	if err != nil {
		return nil, err
	}
	return p.rows.add(key, r), nil
}
