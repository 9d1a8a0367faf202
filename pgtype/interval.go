package pgtype

import (
	"math"
	"time"

	"parley/internal/pgcodec"
)

// Interval is a span of time in months, days and microseconds, which are not
// converted into each other: months differ in length, and so do days where the
// clock is changed.
type Interval struct {
	Months, Days int32
	Microseconds int64
}

// IntervalOf returns the duration, without what is finer than a microsecond.
func IntervalOf(d time.Duration) Interval { return Interval{Microseconds: d.Microseconds()} }

// InfiniteInterval returns infinity, or -infinity when the sign is negative.
// Servers before 17 have neither.
func InfiniteInterval(sign int) Interval {
	if sign < 0 {
		return intervalFrom(pgcodec.IntervalNegInfinity)
	}
	return intervalFrom(pgcodec.IntervalInfinity)
}

func intervalFrom(v pgcodec.Interval) Interval { return Interval{v.Months, v.Days, v.Us} }

func (v Interval) codec() pgcodec.Interval {
	return pgcodec.Interval{Months: v.Months, Days: v.Days, Us: v.Microseconds}
}

// ParseInterval reads a text in any IntervalStyle.
func ParseInterval(s string) (Interval, error) {
	v, err := pgcodec.ParseInterval(s)
	return intervalFrom(v), err
}

// Inf returns 1 for infinity, -1 for -infinity, and 0 for all others.
func (v Interval) Inf() int {
	return inf(v.codec(), pgcodec.IntervalNegInfinity, pgcodec.IntervalInfinity)
}

// Duration returns the microseconds; [ErrLossy] when there are months or days,
// [ErrInfinite] or [ErrRange] for what no Duration is.
func (v Interval) Duration() (time.Duration, error) {
	switch {
	case v.Inf() != 0:
		return 0, ErrInfinite
	case v.Months != 0 || v.Days != 0:
		return 0, ErrLossy
	case v.Microseconds > math.MaxInt64/1000 || v.Microseconds < math.MinInt64/1000:
		return 0, ErrRange
	}
	return time.Duration(v.Microseconds) * time.Microsecond, nil
}

// String returns the interval in IntervalStyle postgres.
func (v Interval) String() string { return string(pgcodec.AppendInterval(nil, v.codec())) }

// AppendText appends String, which servers read whatever their IntervalStyle.
func (v Interval) AppendText(dst []byte) ([]byte, error) {
	return pgcodec.AppendInterval(dst, v.codec()), nil
}

// MarshalText returns String.
func (v Interval) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText is [ParseInterval].
func (v *Interval) UnmarshalText(text []byte) error {
	got, err := pgcodec.ParseInterval(text)
	if err == nil {
		*v = intervalFrom(got)
	}
	return err
}

// AppendPG implements [Marshaler].
func (v Interval) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDInterval); err != nil {
		return dst, err
	} else if f == Text {
		return v.AppendText(dst)
	}
	return pgcodec.AppendIntervalBinary(dst, v.codec()), nil
}

// ScanPG implements [Unmarshaler].
func (v *Interval) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDInterval); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	got, err := pgcodec.IntervalFromBinary(src)
	if err == nil {
		*v = intervalFrom(got)
	}
	return err
}
