package parley

import (
	"reflect"

	"parley/internal/scan"
	"parley/wire"
)

// all takes many rows. They are gathered in blocks and brought together once, at
// the end: a slice that grows is copied several times. Where the statement gave
// as many rows the last time as it gives now, there is only one block.
//
// Invariant: the blocks in full are full, and have is how many rows they hold;
// rows[len:] has never been written.
type all[T any] struct {
	mode   scan.Mode
	plan   *scan.Row
	memory scan.Memory
	expect int // how many rows there were the last time
	full   [][]T
	have   int
	rows   []T
}

// How many rows blocks have.
const (
	firstBlock = 8
	lastBlock  = 8192
)

// trust is how many times more rows than have come are made room for at most,
// because there were so many the last time: what comes bounds what is allocated.
const trust = 64

func (s *all[T]) begin(d *description, formats []wire.Format) (err error) {
	s.full, s.rows, s.have = nil, nil, 0
	s.expect = int(d.rows.Load())
	s.plan, err = d.plans(formats).rows.Row(reflect.TypeFor[T](), s.mode)
	return err
}

func (s *all[T]) row(body []byte) error {
	if len(s.rows) == cap(s.rows) {
		s.grow()
	}
	n := len(s.rows)
	s.rows = s.rows[:n+1]
	return s.plan.Read(&s.memory, body, scan.PointerTo(&s.rows[n]))
}

// grow makes room for a row, at least.
func (s *all[T]) grow() {
	n := len(s.rows)
	got := s.have + n
	switch room := s.expect + s.expect/16; {
	case got < s.expect && room <= trust*max(got, 1):
		s.rows = s.joined(room)
		s.full, s.have = nil, 0
	default:
		if n > 0 {
			s.full, s.have = append(s.full, s.rows), got
		}
		s.rows = make([]T, 0, min(max(firstBlock, 2*n), lastBlock))
	}
}

// list returns all rows in one slice, at least half of which they fill if it is
// not small.
func (s *all[T]) list() []T {
	n := s.have + len(s.rows)
	if s.full == nil && s.rows != nil && (2*n >= cap(s.rows) || cap(s.rows) <= firstBlock) {
		return s.rows
	}
	return s.joined(n)
}

// partSize is how many bytes are copied at one go. The collector cannot interrupt
// a copy, but waits for its end with a processor of its own, while it sends
// signals; that of a large result may take a tenth of a second.
const partSize = 16 << 10

// joined returns all rows in one slice with a capacity.
func (s *all[T]) joined(capacity int) []T {
	out := make([]T, 0, capacity)
	part := partSize/max(1, int(reflect.TypeFor[T]().Size())) + 1
	for _, block := range append(s.full, s.rows) {
		for len(block) > 0 {
			k := min(len(block), part)
			out = appendPart(out, block[:k])
			block = block[k:]
		}
	}
	return out
}

// appendPart is a call, at which a goroutine can be interrupted.
//
//go:noinline
func appendPart[T any](dst, src []T) []T { return append(dst, src...) }
