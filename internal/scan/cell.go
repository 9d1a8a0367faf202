package scan

// Cell is memory for one value that a plan reads and its owner copies out, with
// that of its strings. Whoever has it owns it.
type Cell struct {
	Value  Pointer // to a zero value of the plan's Go type
	memory Memory
}

// Cell returns a cell for a value of the plan: the one that was used last, if it
// is free, so that a statement which is run again and again makes no other.
func (r *Row) Cell() *Cell {
	c := r.spare.Swap(nil)
	if c == nil {
		c = &Cell{memory: Memory{Alone: true}}
	}
	if !c.Value.Valid() {
		c.Value = newOf(r.typ)
	}
	return c
}

// Free gives a cell back whose value has been made zero again. Where somebody's
// method was given the address of the value, or of a part of it, the value is not
// used again: the method may have kept it.
func (r *Row) Free(c *Cell) {
	if !r.plain {
		c.Value = Pointer{}
	}
	r.spare.Store(c)
}

// ReadCell is Read into a cell.
func (r *Row) ReadCell(c *Cell, body []byte) error { return r.Read(&c.memory, body, c.Value) }
