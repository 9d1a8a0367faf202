package floor

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
)

// Six is a row of six columns: int8, text, timestamptz, float8, bool, int4.
type Six struct {
	ID      int64
	Name    string
	Created time.Time
	Score   float64
	Active  bool
	Rank    int32
}

// postgresEpoch is 2000-01-01 in microseconds of Unix time.
const postgresEpoch = 946684800 * 1000000

// Decode reads the values of a row, none of which is NULL: the body of a DataRow,
// or a row of a binary COPY, which is the same.
func (s *Six) Decode(row []byte) {
	n := s.decode(row)
	s.Name = string(row[18 : 18+n])
}

// DecodeShared is Decode for many rows that are kept: their strings are parts of
// larger ones.
func (s *Six) DecodeShared(row []byte, shared *Strings) {
	n := s.decode(row)
	s.Name = shared.add(row[18 : 18+n])
}

// Rows are rows gathered in blocks, to be put together in the end: a slice that
// grows would be copied again and again, and its old copies be garbage.
type Rows struct {
	full  [][]Six
	block []Six
	names Strings
}

// The blocks' sizes are doubled from the first to the last.
const (
	firstBlock = 64
	lastBlock  = 16 << 10
)

// Add decodes a row.
func (r *Rows) Add(row []byte) {
	if len(r.block) == cap(r.block) {
		if r.block != nil {
			r.full = append(r.full, r.block)
		}
		r.block = make([]Six, 0, max(firstBlock, min(2*cap(r.block), lastBlock)))
	}
	r.block = r.block[:len(r.block)+1]
	r.block[len(r.block)-1].DecodeShared(row, &r.names)
}

// All returns all rows.
func (r *Rows) All() []Six {
	return slices.Concat(append(r.full, r.block)...)
}

// Strings are parts of larger strings.
type Strings struct{ chunk strings.Builder }

// stringsChunk is how many bytes the larger strings have.
const stringsChunk = 16 << 10

func (s *Strings) add(b []byte) string {
	if s.chunk.Cap()-s.chunk.Len() < len(b) {
		s.chunk.Reset() // which lets go of the chunk, not of its bytes
		s.chunk.Grow(max(stringsChunk, len(b)))
	}
	start := s.chunk.Len()
	s.chunk.Write(b)
	return s.chunk.String()[start:]
}

// decode reads everything but the name, and returns the name's length.
func (s *Six) decode(row []byte) (n int) {
	s.ID = int64(binary.BigEndian.Uint64(row[6:]))
	n = int(binary.BigEndian.Uint32(row[14:]))
	row = row[18+n:]
	s.Created = time.UnixMicro(int64(binary.BigEndian.Uint64(row[4:])) + postgresEpoch)
	s.Score = math.Float64frombits(binary.BigEndian.Uint64(row[16:]))
	s.Active = row[28] != 0
	s.Rank = int32(binary.BigEndian.Uint32(row[33:]))
	return n
}

// Append appends the row as it is in a binary COPY, or in a DataRow.
func (s *Six) Append(b []byte) []byte {
	b = append(b, 0, 6, 0, 0, 0, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(s.ID))
	b = binary.BigEndian.AppendUint32(b, uint32(len(s.Name)))
	b = append(append(b, s.Name...), 0, 0, 0, 8)
	b = binary.BigEndian.AppendUint64(b, uint64(s.Created.UnixMicro()-postgresEpoch))
	b = append(b, 0, 0, 0, 8)
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(s.Score))
	b = append(b, 0, 0, 0, 1, 0)
	if s.Active {
		b[len(b)-1] = 1
	}
	return binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), uint32(s.Rank))
}
