package scan

import (
	"reflect"
	"unsafe"
)

// This file is the only one of the module that imports unsafe. Why that is sound:
//
//   - A Pointer is an unsafe.Pointer and so keeps alive, and follows, whatever it
//     points into; it is never an integer between two expressions.
//   - A Pointer comes from a pointer in an interface, an element of a slice that
//     reflect or make has made, or a field of what another Pointer points to. Add
//     is given offsets of reflect.StructField and multiples of an element's size
//     below the length, so it stays within that allocation.
//   - At is used only by plans that were compiled for the reflect.Type of what the
//     Pointer points to: with that very type, or one of the same kind, which has the
//     same memory layout (type Age int64 is stored as an int64).
//   - carve makes strings of bytes that are written before, never after: a chunk is
//     filled from front to back and each byte is handed out once, so a string shares
//     its bytes with nobody. Byte slices are handed out with cap == len.
//   - box and dataOf rely on how the compiler stores a value in an any: a type word and a
//     data word, the second being the value itself for pointers, maps, channels and
//     functions, and a pointer to it otherwise. The reflect package and all of the
//     runtime depend on it. What might be stored either way (a struct or array of
//     the size of a pointer) is copied by reflect instead. A box only ever holds
//     pointers. Tests compare each kind with what reflect says.

// Pointer points to a Go value in memory.
type Pointer struct{ p unsafe.Pointer }

// At returns the pointer as one to a T. It must point to a value of that kind.
func At[T any](p Pointer) *T { return (*T)(p.p) }

// Add returns a pointer that many bytes further, which must lie in the same
// value.
func (p Pointer) Add(off uintptr) Pointer { return Pointer{unsafe.Add(p.p, off)} }

// PointerTo returns a pointer to what v points to.
func PointerTo[T any](v *T) Pointer { return Pointer{unsafe.Pointer(v)} }

// Of returns the pointer that v holds, and an invalid one when it holds nil or
// something else.
func Of(v any) Pointer {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Pointer {
		return Pointer{}
	}
	return Pointer{r.UnsafePointer()}
}

// Valid reports whether the pointer points to something.
func (p Pointer) Valid() bool { return p.p != nil }

// deref returns the pointer that p points to.
func (p Pointer) deref() Pointer { return Pointer{*(*unsafe.Pointer)(p.p)} }

// point lets the pointer variable at p point to q.
func (p Pointer) point(q Pointer) { *(*unsafe.Pointer)(p.p) = q.p }

// box puts pointers to values of one type into interfaces, where their methods
// can be called.
type box struct{ word unsafe.Pointer }

// boxOf returns the box for pointers to a t.
func boxOf(t reflect.Type) box {
	v := reflect.Zero(reflect.PointerTo(t)).Interface()
	return box{(*[2]unsafe.Pointer)(unsafe.Pointer(&v))[0]}
}

// put returns p as a pointer to a t.
func (b box) put(p Pointer) (v any) {
	*(*[2]unsafe.Pointer)(unsafe.Pointer(&v)) = [2]unsafe.Pointer{b.word, p.p}
	return v
}

// typeWord is the first word of an any: it is equal for values of one type, and
// only for those.
type typeWord struct{ p unsafe.Pointer }

// open takes an any apart that holds a pointer.
func open(v *any) (typeWord, Pointer) {
	w := (*[2]unsafe.Pointer)(unsafe.Pointer(v))
	return typeWord{w[0]}, Pointer{w[1]}
}

// newOf allocates a T.
func newOf(t reflect.Type) Pointer { return Pointer{reflect.New(t).UnsafePointer()} }

// slice is what a slice is in memory.
type slice struct {
	data     unsafe.Pointer
	len, cap int
}

// elements returns the first element and the length of the slice at p.
func (p Pointer) elements() (Pointer, int) {
	s := (*slice)(p.p)
	return Pointer{s.data}, s.len
}

// setSlice stores a slice that starts at data in the slice at p.
func (p Pointer) setSlice(data Pointer, n int) {
	*(*slice)(p.p) = slice{data.p, n, n}
}

// makeElements allocates n elements of which t is the slice type. Numbers have no
// pointers in them, so memory for others of their size will do; and reflect would
// allocate the slice itself besides.
func makeElements(t reflect.Type, n int) Pointer {
	switch elem := t.Elem(); elem.Kind() {
	case reflect.String:
		return first(make([]string, n))
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Int16, reflect.Uint, reflect.Uint64, reflect.Uint32, reflect.Uint16,
		reflect.Float64, reflect.Float32:
		switch elem.Size() {
		case 8:
			return first(make([]uint64, n))
		case 4:
			return first(make([]uint32, n))
		}
		return first(make([]uint16, n))
	}
	return Pointer{reflect.MakeSlice(t, n, n).UnsafePointer()}
}

func first[T any](s []T) Pointer { return Pointer{unsafe.Pointer(unsafe.SliceData(s))} }

// carve returns bytes that will not change any more as a string.
func carve(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of a string, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// dataOf returns a pointer to the value that *v holds, which is of the type t, or
// to a copy of it: never to v itself, which may be of a slice that is the caller's.
func dataOf(v *any, t reflect.Type) Pointer {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		held := (*[2]unsafe.Pointer)(unsafe.Pointer(v))[1]
		return Pointer{unsafe.Pointer(&held)}
	case reflect.Struct, reflect.Array:
		if t.Size() <= unsafe.Sizeof(uintptr(0)) {
			c := reflect.New(t)
			c.Elem().Set(reflect.ValueOf(*v))
			return Pointer{c.UnsafePointer()}
		}
	}
	return Pointer{(*[2]unsafe.Pointer)(unsafe.Pointer(v))[1]}
}
