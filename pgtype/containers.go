package pgtype

// Array is an array of any shape: of several dimensions, or with subscripts
// that do not start at 1. Where there is one dimension and nobody looks at
// subscripts, a slice will do.
//
// The product of the dimensions' lengths is len(Elems); an empty array has no
// dimension. Elements that may be NULL want a T that can say so, such as a
// pointer.
type Array[T any] struct {
	Dims  []Dimension
	Elems []T // in row-major order: the last subscript varies fastest
}

// Dimension is the extent of an array in one direction.
type Dimension struct {
	Len   int32
	Lower int32 // the first subscript, usually 1
}

// NewArray returns the array of one dimension with the elements, which are not
// copied.
func NewArray[T any](elems ...T) Array[T] {
	if len(elems) == 0 {
		return Array[T]{}
	}
	return Array[T]{Dims: []Dimension{{Len: int32(len(elems)), Lower: 1}}, Elems: elems}
}

// At returns the element with the subscripts, one for each dimension, and
// whether there is one.
func (a Array[T]) At(subscripts ...int32) (elem T, ok bool) {
	if len(subscripts) != len(a.Dims) || len(subscripts) == 0 {
		return elem, false
	}
	at := 0
	for i, d := range a.Dims {
		s := int64(subscripts[i]) - int64(d.Lower)
		if s < 0 || s >= int64(d.Len) {
			return elem, false
		}
		at = at*int(d.Len) + int(s)
	}
	if at >= len(a.Elems) {
		return elem, false
	}
	return a.Elems[at], true
}

// Bound is what a range has at one end.
type Bound uint8

// The bounds.
const (
	Inclusive Bound = iota // the value at the end belongs to the range
	Exclusive              // it does not
	Unbounded              // there is no end; the value is not used
)

// Range is a range of values. The zero bounds are inclusive, so
// Range[int]{Lower: 1, Upper: 5} is [1,5].
type Range[T any] struct {
	Lower, Upper           T
	LowerBound, UpperBound Bound
	Empty                  bool // the range has no values; the other fields are not used
}

// NewRange returns the range from lower, which belongs to it, to upper, which
// does not: [lower,upper), the form in which PostgreSQL gives back ranges of
// integers and dates.
func NewRange[T any](lower, upper T) Range[T] {
	return Range[T]{Lower: lower, Upper: upper, UpperBound: Exclusive}
}

// Multirange is a list of ranges; as PostgreSQL gives it back, they are in
// order and do not touch.
type Multirange[T any] []Range[T]

// Record is a row value: a composite type's, or one without a name.
type Record []RecordField

// RecordField is a column of a [Record].
type RecordField struct {
	Name  string // "" in a record without a type
	Value any    // as [Value] returns it; nil for NULL
}
