package scan

import (
	"reflect"
	"slices"
	"strings"
)

// field is a field of a struct that a column can go into.
type field struct {
	name   string // as it is matched: the tag, or the folded name
	tagged bool   // by its tag, so the column's name must be equal
	shown  string // for errors
	typ    reflect.Type
	off    uintptr // from the struct, or from the last embedded pointer
	hops   []hop   // embedded pointers on the way
}

// hop is an embedded pointer to a struct.
type hop struct {
	off uintptr // of the pointer, from the struct that it is in
	typ reflect.Type
}

// fieldsOf returns the fields of a struct in order. Those of embedded structs
// are promoted as Go promotes them: of fields with one name the least deep one
// counts, and none if there are several.
func fieldsOf(typ reflect.Type) []field {
	var w walker
	w.walk(typ, 0, nil, 0, []reflect.Type{typ})
	var fields []field
	for i, c := range w.found {
		if !slices.ContainsFunc(w.found, func(o candidate) bool { return o.hides(c, i, w.found) }) {
			fields = append(fields, c.field)
		}
	}
	return fields
}

// candidate is a field that may be hidden by another.
type candidate struct {
	field
	depth int
}

func (o candidate) hides(c candidate, i int, all []candidate) bool {
	same := o.name == c.name
	return same && (o.depth < c.depth || o.depth == c.depth && !o.is(all[i]))
}

func (o candidate) is(c candidate) bool {
	return o.shown == c.shown && o.off == c.off && slices.Equal(o.hops, c.hops)
}

type walker struct{ found []candidate }

func (w *walker) walk(typ reflect.Type, base uintptr, hops []hop, depth int, within []reflect.Type) {
	for f := range typ.Fields() {
		tag, tagged := f.Tag.Lookup("db")
		if tag == "-" {
			continue
		}
		if f.Anonymous && (!tagged || tag == "") && w.embedded(f, base, hops, depth, within) {
			continue
		}
		if !f.IsExported() {
			continue
		}
		c := candidate{field{name: fold(f.Name), shown: f.Name, typ: f.Type, off: base + f.Offset, hops: hops}, depth}
		if tagged && tag != "" {
			c.name, c.tagged = tag, true
		}
		w.found = append(w.found, c)
	}
}

// embedded walks into an embedded struct, or reports that it is none. One that
// is a value of PostgreSQL in itself is a field like others.
func (w *walker) embedded(f reflect.StructField, base uintptr, hops []hop, depth int, within []reflect.Type) bool {
	typ, off := f.Type, base+f.Offset
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
		if !f.IsExported() {
			return false // nobody outside its package may set it
		}
		hops, off = append(slices.Clip(hops), hop{off, typ}), 0
	}
	if typ.Kind() != reflect.Struct || isValue(typ) {
		return false
	}
	if slices.Contains(within, typ) {
		return true // a struct within itself adds nothing
	}
	w.walk(typ, off, hops, depth+1, append(slices.Clip(within), typ))
	return true
}

// fold makes a name ready to be compared: lower case, without underscores.
func fold(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", ""))
}

// matches reports whether a column with the name goes into the field.
func (f *field) matches(column string) bool {
	if f.tagged {
		return f.name == column
	}
	return f.name == fold(column)
}

// find returns the field for a column, -1 for none. A tag beats a name.
func find(fields []field, column string) int {
	i := slices.IndexFunc(fields, func(f field) bool { return f.tagged && f.matches(column) })
	if i < 0 {
		i = slices.IndexFunc(fields, func(f field) bool { return !f.tagged && f.matches(column) })
	}
	return i
}

// isValue reports whether a struct is one value and not a row of them.
func isValue(typ reflect.Type) bool {
	if _, ok := nullableOf(typ); ok || isKnown(typ) || isContainer(typ) {
		return true
	}
	return has(typ, typeUnmarshaler) || has(typ, typeScanner) || has(typ, typeTextUnmarshaler)
}
