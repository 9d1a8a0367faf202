package floor

import (
	"encoding/binary"
	"math"
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
	s.ID = int64(binary.BigEndian.Uint64(row[6:]))
	n := int(binary.BigEndian.Uint32(row[14:]))
	s.Name = string(row[18 : 18+n])
	row = row[18+n:]
	s.Created = time.UnixMicro(int64(binary.BigEndian.Uint64(row[4:])) + postgresEpoch)
	s.Score = math.Float64frombits(binary.BigEndian.Uint64(row[16:]))
	s.Active = row[28] != 0
	s.Rank = int32(binary.BigEndian.Uint32(row[33:]))
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
