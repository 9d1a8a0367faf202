package scan

import (
	"reflect"

	"parley/pgtype"
)

// plainMap and plainVector report whether a Go type has the memory of
// pgtype.Hstore, or of pgtype.Vector or HalfVector, and none of its own methods.
func plainMap(t *pgtype.Type, typ reflect.Type) bool {
	return t != nil && t.Ext == "hstore" && typ.ConvertibleTo(reflect.TypeFor[pgtype.Hstore]()) && typ.Kind() == reflect.Map
}

func plainVector(t *pgtype.Type, name string, typ reflect.Type) bool {
	return t != nil && t.Ext == name && typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Float32
}

// readExtension reads types of extensions into Go's own maps and slices: hstore
// into map[string]*string and map[string]string, vector and halfvec into []float32.
func readExtension(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	format := k.format
	switch {
	case plainMap(t, typ):
		return Reader{null: nilNull, fn: func(_ *Memory, b []byte, p Pointer) error {
			return At[pgtype.Hstore](p).ScanPG(b, t, format)
		}}, nil
	case plainVector(t, "vector", typ):
		return Reader{null: nilSlice, fn: func(_ *Memory, b []byte, p Pointer) error {
			return At[pgtype.Vector](p).ScanPG(b, t, format)
		}}, nil
	case plainVector(t, "halfvec", typ):
		return Reader{null: nilSlice, fn: func(_ *Memory, b []byte, p Pointer) error {
			return At[pgtype.HalfVector](p).ScanPG(b, t, format)
		}}, nil
	case t != nil && t.Ext == "hstore" && typ == reflect.TypeFor[map[string]string]():
		return Reader{null: nilNull, fn: func(_ *Memory, b []byte, p Pointer) error {
			var h pgtype.Hstore
			if err := h.ScanPG(b, t, format); err != nil {
				return err
			}
			m := make(map[string]string, len(h))
			for key, v := range h {
				if v == nil {
					return &problem{"an entry is NULL, which a string cannot hold; use map[string]*string", nil}
				}
				m[key] = *v
			}
			*At[map[string]string](p) = m
			return nil
		}}, nil
	}
	return Reader{}, nil
}

// writeExtension is the opposite of readExtension.
func writeExtension(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	format := k.format
	switch {
	case plainMap(t, typ):
		return Writer{null: nullIf(reflect.Map), fn: func(dst []byte, p Pointer) ([]byte, error) {
			return At[pgtype.Hstore](p).AppendPG(dst, t, format)
		}}, nil
	case plainVector(t, "vector", typ):
		return Writer{null: nullIf(reflect.Slice), fn: func(dst []byte, p Pointer) ([]byte, error) {
			return At[pgtype.Vector](p).AppendPG(dst, t, format)
		}}, nil
	case plainVector(t, "halfvec", typ):
		return Writer{null: nullIf(reflect.Slice), fn: func(dst []byte, p Pointer) ([]byte, error) {
			return At[pgtype.HalfVector](p).AppendPG(dst, t, format)
		}}, nil
	case t != nil && t.Ext == "hstore" && typ == reflect.TypeFor[map[string]string]():
		return Writer{null: nullIf(reflect.Map), fn: func(dst []byte, p Pointer) ([]byte, error) {
			m := *At[map[string]string](p)
			h := make(pgtype.Hstore, len(m))
			for key, v := range m {
				h[key] = &v
			}
			return h.AppendPG(dst, t, format)
		}}, nil
	}
	return Writer{}, nil
}
