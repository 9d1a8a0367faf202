package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"parley/pgtype"
	"parley/sqlstate"
)

// explainOther explains what is no message: a SQLSTATE or its name, a class of
// them, a type or its OID. It reports whether the name is one of these.
func explainOther(out io.Writer, name string) (found bool, err error) {
	if c, ok := conditionOf(name); ok {
		return true, explainCondition(out, c)
	}
	if class := sqlstate.Class(strings.ToUpper(name)); len(name) == 2 && class != "" {
		found, err = true, explainClass(out, strings.ToUpper(name), class)
	}
	if t, ok := typeOf(name); ok && err == nil { // 23 is a class and an OID
		found, err = true, explainType(out, t)
	}
	return found, err
}

func conditionOf(name string) (sqlstate.Condition, bool) {
	if c, ok := sqlstate.Lookup(strings.ToUpper(name)); ok {
		return c, true
	}
	return sqlstate.ByName(strings.ToLower(name))
}

var conditionKinds = map[byte]string{'E': "an error", 'W': "a warning", 'S': "success"}

func explainCondition(out io.Writer, c sqlstate.Condition) error {
	_, err := fmt.Fprintf(out, "SQLSTATE %s, %s\n  %s of class %s, %s\n", c.Code, c.Name, conditionKinds[c.Kind], c.Code[:2], c.Class)
	return err
}

func explainClass(out io.Writer, code, class string) error {
	fmt.Fprintf(out, "SQLSTATE class %s, %s\n", code, class)
	for _, c := range sqlstate.All() {
		if c.Code[:2] == code {
			if _, err := fmt.Fprintf(out, "  %s  %s\n", c.Code, c.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// typeOf finds a built-in type by OID, or by name; int4[] is _int4.
func typeOf(name string) (pgtype.Builtin, bool) {
	if oid, err := strconv.ParseUint(name, 10, 32); err == nil {
		return pgtype.ByOID(uint32(oid))
	}
	want := strings.ToLower(name)
	if elem, ok := strings.CutSuffix(want, "[]"); ok {
		want = "_" + elem
	}
	for _, t := range pgtype.Builtins() {
		if t.Name == want {
			return t, true
		}
	}
	return pgtype.Builtin{}, false
}

var typeKinds = map[byte]string{'b': "a base type", 'c': "a composite type", 'd': "a domain", 'e': "an enum", 'm': "a multirange type",
	'p': "a pseudo-type", 'r': "a range type"}

func explainType(out io.Writer, t pgtype.Builtin) error {
	size := fmt.Sprintf("%d bytes", t.Size)
	switch {
	case t.Size == 1:
		size = "1 byte"
	case t.Size < 0:
		size = "of varying size"
	}
	fmt.Fprintf(out, "type %s, OID %d\n  %s, %s\n", t.Name, t.OID, typeKinds[t.Kind], size)
	if a, ok := pgtype.ByOID(t.Array); ok {
		fmt.Fprintf(out, "  arrays of it are %s, OID %d\n", a.Name, a.OID)
	}
	if e, ok := pgtype.ByOID(t.Elem); ok {
		fmt.Fprintf(out, "  its elements are %s, OID %d\n", e.Name, e.OID)
	}
	return nil
}
