package wire

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// NextSmall gives what Next gives, or nothing: of what is too long, what is not
// all there, and what is malformed.
func TestBufferNextSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		small, plain := Buffer{Max: []int{0, 20, 5000}[r.IntN(3)]}, Buffer{}
		plain.Max = small.Max
		var stream []byte
		for range r.IntN(5) {
			size := []int{0, 3, 4, 5, 19, 20, 21, 9999, 10000, 10001, r.IntN(100)}[r.IntN(11)]
			stream = append(stream, "DCZTSN\x00"[r.IntN(7)])
			stream = binary.BigEndian.AppendUint32(stream, uint32(size))
			stream = append(stream, bytes.Repeat([]byte{byte(size)}, max(0, size-4))...)
		}
		stream = stream[:len(stream)-min(len(stream), r.IntN(4))]
		_, _ = small.Write(stream)
		_, _ = plain.Write(stream)
		for {
			typ, body, ok := small.NextSmall()
			if !ok {
				break
			}
			f, there, err := plain.Next(PhaseBackend)
			if !there || err != nil || f.Type != typ || !bytes.Equal(f.Body, body) || cap(body) != len(body) || small.Offset() != plain.Offset() {
				t.Fatalf("% x: NextSmall gave %q %q, Next %q %q, %v, %v", stream, typ, body, f.Type, f.Body, there, err)
			}
		}
		f, there, err := plain.Next(PhaseBackend)
		if most := min(plain.max(), MaxShortFrontend); there && err == nil && len(f.Msg)-1 <= most {
			t.Fatalf("% x: NextSmall did not give %q", stream, f.Msg)
		}
	}
}
