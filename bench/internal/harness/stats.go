package harness

import (
	"math"
	"slices"
)

// median returns the middle of the values, or the mean of the two in the
// middle; NaN for none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	mid := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[mid]
	}
	return (sorted[mid-1] + sorted[mid]) / 2
}

// round keeps five significant digits: more would be noise.
func round(v float64) float64 {
	if v == 0 || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	digits := 5 - int(math.Ceil(math.Log10(math.Abs(v))))
	if digits < 0 {
		scale := math.Pow10(-digits)
		return math.Round(v/scale) * scale
	}
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
