package harness

import (
	"math"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %v, want %v", c.values, got, c.want)
		}
	}
	if !math.IsNaN(median(nil)) {
		t.Error("the median of nothing is something")
	}
}

func TestMedianLeavesItsInputAlone(t *testing.T) {
	values := []float64{3, 1, 2}
	median(values)
	if values[0] != 3 || values[1] != 1 || values[2] != 2 {
		t.Errorf("it is now %v", values)
	}
}

func TestRound(t *testing.T) {
	for in, want := range map[float64]float64{0: 0, 123456789: 123460000, 12345.678: 12346, 1.23456789: 1.2346, 0.000123456: 0.00012346, -1.00004: -1} {
		if got := round(in); math.Abs(got-want) > math.Abs(want)*1e-12 {
			t.Errorf("round(%v) = %v, want %v", in, got, want)
		}
	}
}

func TestEveryDurationHasItsBucket(t *testing.T) {
	for d := time.Duration(1); d < time.Hour; d += 1 + d/7 {
		low, high := bounds(bucket(d))
		if float64(d) < low || float64(d) >= high {
			t.Fatalf("%d is in the bucket from %v to %v", d, low, high)
		}
		if high-low > 1 && (high-low)/low > 1.0/perOctave {
			t.Fatalf("the bucket of %d, from %v to %v, is too wide", d, low, high)
		}
	}
	if got := bucket(-time.Second); got != 0 {
		t.Errorf("a negative duration is in bucket %d", got)
	}
	if got := bucket(math.MaxInt64); got >= len(histogram{}.buckets) {
		t.Errorf("the longest duration is in bucket %d of %d", got, len(histogram{}.buckets))
	}
}

func TestQuantiles(t *testing.T) {
	var h histogram
	if _, ok := h.quantile(0.5); ok {
		t.Error("an empty histogram has a median")
	}
	for i := range 10_000 {
		h.add(time.Duration(i+1) * time.Microsecond)
	}
	for q, want := range map[float64]float64{0.5: 5e6, 0.99: 9.9e6, 1: 1e7} {
		if got, ok := h.quantile(q); !ok || math.Abs(got-want) > want/100 {
			t.Errorf("quantile %v is %v, want about %v", q, got, want)
		}
	}
	h.reset()
	if _, ok := h.quantile(0.5); ok {
		t.Error("a histogram that was reset has a median")
	}
}
