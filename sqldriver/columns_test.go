package sqldriver

import "testing"

// A scale may be negative from PostgreSQL 15 on.
func TestPrecisionAndScale(t *testing.T) {
	for _, want := range [][2]int64{{10, 2}, {10, -2}, {1000, 1000}, {1, -1000}, {5, 0}} {
		modifier := int32(want[0]<<16|want[1]&0x7ff) + 4
		precision, scale, ok := columns{{Type: oidNumeric, TypeModifier: modifier}}.ColumnTypePrecisionScale(0)
		if precision != want[0] || scale != want[1] || !ok {
			t.Errorf("%d, %d, %v, want %v", precision, scale, ok, want)
		}
	}
	if _, _, ok := (columns{{Type: oidNumeric, TypeModifier: -1}}).ColumnTypePrecisionScale(0); ok {
		t.Error("a numeric without a modifier has a precision")
	}
	for _, c := range []columns{{{Type: 1}}, {{Type: oidVarchar, TypeModifier: -1}}, {{Type: oidVarchar, TypeModifier: 11}}} {
		length, ok := c.ColumnTypeLength(0)
		if ok != (c[0].Type == oidVarchar) || c[0].TypeModifier == 11 && length != 7 {
			t.Errorf("%+v: %d, %v", c[0], length, ok)
		}
	}
}

func TestDecodesRefuseOtherSizes(t *testing.T) {
	for oid, decode := range decodes {
		if _, err := decode(make([]byte, 3)); err == nil && oid != oidText && oid != oidVarchar && oid != oidBpchar && oid != oidBytea {
			t.Errorf("type %d: three bytes are taken", oid)
		}
	}
}
