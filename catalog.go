package parley

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"parley/internal/exchange"
	"parley/internal/scan"
	"parley/pgtype"
	"parley/wire"
)

// Types that are not built in are looked up when a statement first has to do
// with them, once for all connections that share what is known: level by level
// (an array, its composites, their attributes), with plain queries on the same
// connection, since nobody else sees what its transaction has made.
const (
	typesSQL = `select t.oid, n.nspname, t.typname, t.typtype, t.typlen, t.typdelim, t.typarray, t.typelem, t.typbasetype, t.typrelid,
	coalesce(r.rngsubtype, m.rngtypid, 0), t.typcategory, coalesce(x.extname, '')
from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
left join pg_catalog.pg_range r on r.rngtypid = t.oid
left join pg_catalog.pg_range m on m.rngmultitypid = t.oid
left join (pg_catalog.pg_depend d join pg_catalog.pg_extension x on x.oid = d.refobjid and d.refclassid = 'pg_catalog.pg_extension'::regclass)
	on d.classid = 'pg_catalog.pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
where t.oid = any($1::oid[])`
	attributesSQL = `select attrelid, attname, atttypid from pg_catalog.pg_attribute
where attrelid = any($1::oid[]) and attnum > 0 and not attisdropped order by attrelid, attnum`
)

// How deep types may lie in types, and how many may be looked up for a
// statement: what a server says is not followed for ever.
const (
	maxTypeLevels = 64
	maxTypes      = 100_000
)

// typeRow is what the server's catalog says about a type.
type typeRow struct {
	OID                    uint32
	Schema, Name           string
	Kind                   string
	Size                   int16
	Delim                  string
	Array, Elem, Base, Rel uint32
	Range                  uint32 // of a range its subtype, of a multirange its range
	Category               string
	Extension              string
}

type attributeRow struct {
	Rel  uint32
	Name string
	Type uint32
}

// lookup finds out about types.
type lookup struct {
	c     *Conn
	ctx   context.Context
	rows  map[uint32]typeRow        // by OID
	attrs map[uint32][]attributeRow // by composite's relation
	types map[uint32]*pgtype.Type   // that are being made
}

// fit makes the description of a request one with the types as they are known
// now; those that are not known are looked up.
func (c *Conn) fit(ctx context.Context, o *op) error {
	d, err := c.fitted(ctx, o.sql, o.desc)
	if err != nil || d == o.desc {
		return err
	}
	if st := o.stmt; st != nil && st.desc.same(d) {
		st.desc = d
	}
	o.desc = d
	return nil
}

// fitted returns a description with the types as they are known now.
func (c *Conn) fitted(ctx context.Context, sql string, d *description) (*description, error) {
	if !c.shared.misfits(d) {
		return d, nil
	}
	if now := d.with(c.shared); len(now.unknown) > 0 {
		l := lookup{c: c, ctx: ctx, rows: map[uint32]typeRow{}, attrs: map[uint32][]attributeRow{}, types: map[uint32]*pgtype.Type{}}
		if err := l.run(now.unknown); err != nil {
			return d, err
		}
	}
	return c.tell(sql, c.cache.path, d), nil
}

// misfits reports whether the types of a description are not known, or not as
// they are known now.
func (k *knowledge) misfits(d *description) bool {
	return d != nil && d.foreign && (len(d.unknown) > 0 || d.era != k.era.Load())
}

func (l *lookup) run(oids []uint32) error {
	for level := 0; len(oids) > 0; level++ {
		if level == maxTypeLevels || len(l.rows)+len(oids) > maxTypes {
			return fmt.Errorf("look up types: those of the statement are made of more than %d others, or %d deep", maxTypes, maxTypeLevels)
		}
		if err := l.ask(oids); err != nil {
			return err
		}
		for _, oid := range oids {
			if _, ok := l.rows[oid]; !ok { // it was dropped meanwhile; what is left is its text
				l.rows[oid] = typeRow{OID: oid, Name: strconv.FormatUint(uint64(oid), 10), Kind: "b", Size: -1, Delim: ","}
			}
		}
		oids = l.missing()
	}
	for oid := range l.rows {
		l.types[oid] = new(pgtype.Type)
	}
	all := make([]*pgtype.Type, 0, len(l.rows))
	for oid, r := range l.rows {
		l.make(l.types[oid], r)
		all = append(all, l.types[oid])
	}
	l.c.shared.types.Add(all...)
	return nil
}

// missing returns the types that those known so far are made of, and that are
// not known.
func (l *lookup) missing() (oids []uint32) {
	add := func(oid uint32) {
		if _, ok := l.rows[oid]; oid != 0 && !ok && l.c.shared.types.Type(oid) == nil && !slices.Contains(oids, oid) {
			oids = append(oids, oid)
		}
	}
	for _, r := range l.rows {
		for _, oid := range r.parts() {
			add(oid)
		}
		for _, a := range l.attrs[r.Rel] {
			add(a.Type)
		}
	}
	return oids
}

// parts returns the types that a type is made of, beside attributes.
func (r *typeRow) parts() []uint32 {
	switch {
	case r.isArray():
		return []uint32{r.Elem}
	case r.Kind == "d":
		return []uint32{r.Base}
	}
	return []uint32{r.Range}
}

func (r *typeRow) isArray() bool { return r.Kind == "b" && r.Category == "A" && r.Elem != 0 }

// make makes a type of what the server's catalog says. What it is made of has
// been made or is being made.
func (l *lookup) make(t *pgtype.Type, r typeRow) {
	*t = pgtype.Type{OID: r.OID, Schema: r.Schema, Name: r.Name, Kind: pgtype.KindBase, Size: r.Size, Delim: ',', Array: r.Array}
	if len(r.Delim) == 1 {
		t.Delim = r.Delim[0]
	}
	switch {
	case r.isArray():
		t.Kind, t.Elem = pgtype.KindArray, l.typ(r.Elem)
	case r.Kind == "c":
		t.Kind = pgtype.KindComposite
		for _, a := range l.attrs[r.Rel] {
			t.Fields = append(t.Fields, pgtype.Field{Name: a.Name, Type: l.typ(a.Type)})
		}
	case r.Kind == "d":
		t.Kind, t.Elem = pgtype.KindDomain, l.typ(r.Base)
	case r.Kind == "r":
		t.Kind, t.Elem = pgtype.KindRange, l.typ(r.Range)
	case r.Kind == "m":
		t.Kind, t.Elem = pgtype.KindMultirange, l.typ(r.Range)
	default:
		t.Like = oidText
		if r.Kind == "e" {
			t.Kind = pgtype.KindEnum
		}
		switch r.Extension {
		case "hstore", "ltree", "citext", "vector":
			t.Ext = r.Name
		}
	}
}

// oidText is that of the type whose forms are plain text.
const oidText = 25

// typ returns a type that is known or being made.
func (l *lookup) typ(oid uint32) *pgtype.Type {
	if t := l.types[oid]; t != nil {
		return t
	}
	return l.c.shared.types.Type(oid)
}

// ask asks for types and for the attributes of the composites among them.
func (l *lookup) ask(oids []uint32) error {
	var relations []uint32
	err := inquire(l.ctx, l.c, typesSQL, oids, func(r typeRow) {
		l.rows[r.OID] = r
		if r.Kind == "c" {
			relations = append(relations, r.Rel)
		}
	})
	if err != nil || len(relations) == 0 {
		return err
	}
	return inquire(l.ctx, l.c, attributesSQL, relations, func(r attributeRow) {
		l.attrs[r.Rel] = append(l.attrs[r.Rel], r)
	})
}

// inquire runs a statement of one's own, whose parameter is a list of OIDs, while
// the connection is busy with another's, between two of its exchanges. Its rows
// come as text, so that T's fields say what their types are.
func inquire[T any](ctx context.Context, c *Conn, sql string, oids []uint32, each func(T)) error {
	o := &op{name: "look up types", sql: sql, index: -1, stmt: &statement{sql: sql}}
	fields := reflect.TypeFor[T]().NumField()
	err := c.dispatch(o, o, func() error {
		if err := c.add(&wire.Parse{SQL: sql}); err != nil {
			return err
		}
		c.owe(exchange.PartParse, o, 0)
		if err := c.addBind(o, []any{arrayText(oids)}); err != nil {
			return err
		}
		if err := c.addExecute(o, fields); err != nil {
			return err
		}
		return c.addSync(o)
	})
	if err != nil {
		return err
	}
	plan, failed := scan.CompileRow(nil, textColumns[T](), reflect.TypeFor[T](), scan.ByPosition)
	var memory scan.Memory
	err = c.finish(ctx, o, func(a answer) error {
		if a.event != exchange.Row || failed != nil {
			return c.take(a)
		}
		var row T
		if failed = plan.Read(&memory, a.body, scan.PointerTo(&row)); failed == nil {
			each(row)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case o.err != nil:
		return fmt.Errorf("%s: %w", o.name, o.err)
	case failed != nil:
		return fmt.Errorf("%s: %w", o.name, valueError(failed))
	}
	return nil
}

// textColumns returns columns in text that go into the fields of a T.
func textColumns[T any]() (cols []scan.Column) {
	types := map[reflect.Kind]uint32{reflect.Uint32: 26, reflect.Int16: 21, reflect.String: oidText}
	var builtin *pgtype.Catalog
	for f := range reflect.TypeFor[T]().Fields() {
		cols = append(cols, scan.Column{Name: f.Name, Type: builtin.Type(types[f.Type.Kind()]), Format: pgtype.Text})
	}
	return cols
}

// arrayText returns the text of an array of OIDs.
func arrayText(oids []uint32) string {
	parts := make([]string, len(oids))
	for i, oid := range oids {
		parts[i] = strconv.FormatUint(uint64(oid), 10)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// goneType is what the server says when a type that a statement was prepared
// with is no more.
func (e *ServerError) goneType() bool {
	return e.Code == "42704" || e.Code == "XX000" && strings.HasPrefix(e.Message, "cache lookup failed for type")
}

// held are rows that were read ahead, because their types had to be looked up
// before anybody could read them. Each is its length and its body.
type held struct {
	rows []byte
	at   int
}

func (h *held) add(body []byte) {
	n := uint32(len(body))
	h.rows = append(append(h.rows, byte(n>>24), byte(n>>16), byte(n>>8), byte(n)), body...)
}

// next returns the next row, nil when there is none.
func (h *held) next() []byte {
	if h.at == len(h.rows) {
		*h = held{}
		return nil
	}
	b := h.rows[h.at:]
	n := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
	h.at += 4 + n
	return b[4 : 4+n : 4+n]
}

// before returns the rows of both, its own first.
func (h held) before(other held) held {
	if other.at < len(other.rows) {
		h.rows = append(h.rows, other.rows[other.at:]...)
	}
	return h
}

// fairHeld is how many bytes of a result are held that could be asked for again.
const fairHeld = 16 << 20

// hold reads the rest of a reply, up to Config.MaxHeld bytes of it, and looks up
// the types of its rows. So the first use of a statement gives the same as later
// ones, which know the types beforehand. A result that is larger than what is fair
// to hold is given up, where that does no harm, and asked for again.
func (r *Rows) hold(args []any) error {
	c, most := r.conn, r.conn.config.maxHeld()
	repeats := !r.op.inTx && r.op.cursor == nil && c.config.cancelTimeout() >= 0 && c.shared.traits(r.op.sql).Repeatable
	if repeats {
		most = min(most, fairHeld)
	}
	r.flows = false
	var all held
	all.add(r.body)
	err := c.finish(r.ctx, &r.op, func(a answer) error {
		if a.op != &r.op || a.event != exchange.Row {
			return c.take(a)
		}
		r.op.cursor.count(a.body)
		if repeats && len(all.rows) > most {
			return errStop
		}
		if len(all.rows) <= most && len(all.rows) < math.MaxInt-len(a.body)-4 {
			all.add(a.body)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case r.op.err != nil: // nothing can be looked up in a transaction that has failed
		r.pending, r.done = false, true
		return nil
	}
	r.op.desc = r.op.stmt.desc
	if err := c.fit(r.ctx, &r.op); err != nil {
		return err
	}
	if len(all.rows) > most && repeats {
		return r.repeat(args)
	}
	if len(all.rows) > most {
		return &OpError{Op: r.op.name, Sent: true, Err: fmt.Errorf("the result has types that were not known, and more than %d bytes (Config.MaxHeld); they are known now", most)}
	}
	r.held = all
	r.took(r.held.next())
	return nil
}

// repeat runs the statement again whose types are known now.
func (r *Rows) repeat(args []any) error {
	r.conn.settle(&r.op)
	r.op = op{name: r.op.name, sql: r.op.sql, index: -1}
	r.done, r.pending, r.body = false, false, nil
	r.conn.line.Watch(r.ctx)
	return r.attempt(r.conn.cache.get(r.op.sql), args)
}
