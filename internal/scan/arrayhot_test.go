package scan

import (
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"parley/pgtype"
)

// elementsForm is an array of one dimension in binary; nil is NULL.
func elementsForm(oid, lower int, elems ...[]byte) (b []byte) {
	for _, n := range []int{1, 0, oid, len(elems), lower} {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	for _, e := range elems {
		if e == nil {
			b = binary.BigEndian.AppendUint32(b, 0xffffffff)
			continue
		}
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(e))), e...)
	}
	return b
}

// bothWays reads an array into a slice, which may go the short way, and into a
// pgtype.Array, which never does, and compares.
func bothWays[T any](t *testing.T, m *Memory, oid uint32, form []byte) {
	t.Helper()
	var c *pgtype.Catalog
	slice, err := CompileRead(c, c.Type(oid), pgtype.Binary, reflect.TypeFor[[]T]())
	if err != nil {
		t.Fatal(err)
	}
	array, err := CompileRead(c, c.Type(oid), pgtype.Binary, reflect.TypeFor[pgtype.Array[T]]())
	if err != nil {
		t.Fatal(err)
	}
	var got []T
	var want pgtype.Array[T]
	gotErr, wantErr := slice.Read(m, form, PointerTo(&got)), array.Read(m, form, PointerTo(&want))
	switch {
	case gotErr == nil && wantErr == nil:
		if !reflect.DeepEqual(slices.Clip(got), slices.Clip(want.Elems)) && len(got)+len(want.Elems) > 0 {
			t.Errorf("% x: %v and %v", form, got, want.Elems)
		}
		if cap(got) != len(got) {
			t.Errorf("room for %d elements behind %d, which are others'", cap(got), len(got))
		}
	case wantErr != nil && gotErr == nil:
		t.Errorf("% x: %v is not an error", form, wantErr)
	case wantErr == nil && len(want.Dims) < 2: // of several dimensions only one of them takes any
		t.Errorf("% x: %v", form, gotErr)
	}
}

func allWays(t *testing.T, m *Memory, form []byte) {
	t.Helper()
	bothWays[int32](t, m, 1007, form)
	bothWays[float64](t, m, 1022, form)
	bothWays[string](t, m, 1009, form)
}

// The short way reads what the other reads, and refuses what the other refuses.
func TestHotArrays(t *testing.T) {
	four, eight := []byte{1, 2, 3, 4}, []byte{1, 2, 3, 4, 5, 6, 7, 8}
	var m Memory
	for _, form := range [][]byte{
		elementsForm(23, 1, four), elementsForm(23, 1, four, four, four), elementsForm(23, 0, four), elementsForm(23, 1, four, nil),
		elementsForm(23, 1, four, eight), elementsForm(23, 1, eight, nil, nil), elementsForm(23, 1), elementsForm(25, 1, four, eight, []byte{}),
		elementsForm(701, 1, eight, eight), elementsForm(701, 1<<31-1, eight, eight), elementsForm(701, 1, eight, four, four, nil),
		append(elementsForm(701, 1, eight), 0), elementsForm(701, 1, eight)[:30], elementsForm(25, 1, nil, nil), elementsForm(26, 1, four),
		{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 23}, {}, nil,
		{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1},
		{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1},
		{0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 1, 2, 3, 4},
	} {
		if form != nil {
			allWays(t, &m, form)
		}
	}
	source := rand.NewChaCha8([32]byte{})
	r := rand.New(source)
	for range 2000 {
		elems := make([][]byte, r.IntN(20))
		for i := range elems {
			elems[i] = make([]byte, []int{4, 8, r.IntN(30)}[r.IntN(10)/4])
			_, _ = source.Read(elems[i])
		}
		form := elementsForm([]int{23, 701, 25}[r.IntN(3)], 1, elems...)
		if r.IntN(3) == 0 {
			form[r.IntN(len(form))] ^= 1 << r.IntN(8)
		}
		allWays(t, &m, form)
	}
}

// Slices of numbers share memory, and none of it.
func TestNumbersShareChunks(t *testing.T) {
	var m Memory
	var all [][]uint64
	for i := range 5000 {
		words := m.words(i % 40)
		if len(words) != i%40 || cap(words) != i%40 {
			t.Fatalf("%d words with room for %d, not %d", len(words), cap(words), i%40)
		}
		for j := range words {
			words[j] = uint64(i)
		}
		all = append(all, words)
	}
	for i, words := range all {
		for _, w := range words {
			if w != uint64(i) {
				t.Fatalf("slice %d has a word of slice %d", i, w)
			}
		}
	}
	if got := m.words(lastChunk); len(got) != lastChunk || cap(m.numbers) > lastChunk/8 {
		t.Errorf("%d words, in a chunk of %d", len(got), cap(m.numbers))
	}
	if n := testing.AllocsPerRun(1000, func() { m.words(10) }); n > 0.1 {
		t.Errorf("%v allocations for 10 numbers", n)
	}
	alone := Memory{Alone: true}
	alone.words(3)
	alone.String([]byte("text"))
	if alone.numbers != nil || alone.chunk != nil {
		t.Error("there is a chunk")
	}
}
