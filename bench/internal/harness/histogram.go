package harness

import (
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts durations in buckets no wider than 1/128 of their value. It
// may be added to by many goroutines at once.
type histogram struct {
	buckets [64 * perOctave]atomic.Uint32
}

const (
	octaveBits = 7
	perOctave  = 1 << octaveBits
)

// bucket returns the index of the bucket of a duration. Durations below
// perOctave nanoseconds have one each; the others are told apart by their
// octave and the octaveBits bits behind the leading one.
func bucket(d time.Duration) int {
	n := uint64(max(d, 0))
	if n < perOctave {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - octaveBits
	return (shift+1)<<octaveBits | int(n>>shift)&(perOctave-1)
}

// bounds returns the least duration of a bucket, and the least of the next.
func bounds(i int) (low, high float64) {
	if i < perOctave {
		return float64(i), float64(i + 1)
	}
	shift := i>>octaveBits - 1
	mantissa := uint64(perOctave | i&(perOctave-1))
	return math.Ldexp(float64(mantissa), shift), math.Ldexp(float64(mantissa+1), shift)
}

func (h *histogram) add(d time.Duration) { h.buckets[bucket(d)].Add(1) }

func (h *histogram) reset() {
	for i := range h.buckets {
		h.buckets[i].Store(0)
	}
}

// quantile returns the duration below which a part of all lies, in nanoseconds,
// and false when there are none. Within a bucket they are taken to be spread
// evenly.
func (h *histogram) quantile(q float64) (float64, bool) {
	total := 0
	for i := range h.buckets {
		total += int(h.buckets[i].Load())
	}
	want := q * float64(total)
	seen := 0.0
	for i := range h.buckets {
		n := float64(h.buckets[i].Load())
		if n > 0 && seen+n >= want {
			low, high := bounds(i)
			return low + (high-low)*(want-seen)/n, true
		}
		seen += n
	}
	return 0, false
}
