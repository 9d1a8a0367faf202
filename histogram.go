package parley

import (
	"math/bits"
	"sync/atomic"
)

// histogram counts values by their magnitude. The zero histogram is empty. It is
// safe for concurrent use.
type histogram struct {
	buckets [48]atomic.Int64
	sum     atomic.Int64
}

func (h *histogram) add(v int64) {
	v = max(v, 0)
	h.buckets[min(bits.Len64(uint64(v)), len(h.buckets)-1)].Add(1)
	h.sum.Add(v)
}

// Histogram is how often values of each magnitude occurred.
type Histogram struct {
	Count int64
	Sum   int64
	// Buckets[i] counts the values v with 2^(i-1) <= v < 2^i, Buckets[0] those
	// that are 0. The last one also counts what is larger.
	Buckets []int64
}

func (h *histogram) snapshot() Histogram {
	s := Histogram{Sum: h.sum.Load()}
	for i := range h.buckets {
		n := h.buckets[i].Load()
		s.Count += n
		if n > 0 {
			for len(s.Buckets) < i {
				s.Buckets = append(s.Buckets, 0)
			}
			s.Buckets = append(s.Buckets, n)
		}
	}
	return s
}

// Mean returns the average of the values, 0 when there are none.
func (h Histogram) Mean() float64 {
	if h.Count == 0 {
		return 0
	}
	return float64(h.Sum) / float64(h.Count)
}

// Quantile returns a bound that a share q of the values, from 0 to 1, does not
// exceed; it is at most twice the value itself.
func (h Histogram) Quantile(q float64) int64 {
	left := int64(q*float64(h.Count) + 0.999999)
	for i, n := range h.Buckets {
		if left -= n; left <= 0 && n > 0 {
			return int64(1)<<i - 1
		}
	}
	return 0
}
