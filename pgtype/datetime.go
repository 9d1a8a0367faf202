package pgtype

import (
	"time"

	"parley/internal/pgcodec"
)

// Date is a day of the proleptic Gregorian calendar, from 4714-11-24 BC to
// 5874897-12-31, or an infinity: days since 2000-01-01, which is the zero Date.
// Dates are compared with < and ==.
type Date int32

// Timestamp is a date and a time of day without time zone, from 4714 BC to
// 294276 AD, or an infinity: microseconds since 2000-01-01 00:00:00, which is
// the zero Timestamp. Timestamps are compared with < and ==.
type Timestamp int64

// Timestamptz is an instant, from 4714 BC to 294276 AD, or an infinity:
// microseconds since 2000-01-01 00:00:00 UTC, which is the zero Timestamptz.
// It has no time zone, in spite of its name in SQL. Instants are compared with
// < and ==.
type Timestamptz int64

// The infinities: later, or earlier, than all others.
const (
	DateInfinity           Date        = pgcodec.DateInfinity
	DateNegInfinity        Date        = pgcodec.DateNegInfinity
	TimestampInfinity      Timestamp   = pgcodec.TimestampInfinity
	TimestampNegInfinity   Timestamp   = pgcodec.TimestampNegInfinity
	TimestamptzInfinity    Timestamptz = pgcodec.TimestampInfinity
	TimestamptzNegInfinity Timestamptz = pgcodec.TimestampNegInfinity
)

// DateOf returns the day that the calendar shows where t is; [ErrRange] for one
// that PostgreSQL does not have.
func DateOf(t time.Time) (Date, error) {
	d, err := pgcodec.TimeDate(t)
	return Date(d), err
}

// Time returns midnight UTC of the day, or [ErrInfinite].
func (d Date) Time() (time.Time, error) { return pgcodec.DateTime(int32(d)) }

// Inf returns 1 for infinity, -1 for -infinity, and 0 for all others.
func (d Date) Inf() int { return inf(d, DateNegInfinity, DateInfinity) }

// String returns the date in DateStyle ISO.
func (d Date) String() string { return string(pgcodec.AppendDate(nil, int32(d))) }

// AppendText appends String.
func (d Date) AppendText(dst []byte) ([]byte, error) { return pgcodec.AppendDate(dst, int32(d)), nil }

// MarshalText returns String.
func (d Date) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads DateStyle ISO.
func (d *Date) UnmarshalText(text []byte) error {
	v, err := pgcodec.ParseDate(text)
	if err == nil {
		*d = Date(v)
	}
	return err
}

// AppendPG implements [Marshaler].
func (d Date) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDDate); err != nil {
		return dst, err
	} else if f == Text {
		return d.AppendText(dst)
	}
	return appendInt32(dst, int32(d)), nil
}

// ScanPG implements [Unmarshaler].
func (d *Date) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDDate); err != nil {
		return err
	} else if f == Text {
		return d.UnmarshalText(src)
	}
	v, err := pgcodec.DateFromBinary(src)
	if err == nil {
		*d = Date(v)
	}
	return err
}

func inf[T comparable](v, least, greatest T) int {
	switch v {
	case least:
		return -1
	case greatest:
		return 1
	}
	return 0
}

// TimestampOf returns what the calendar and the clock show where t is, without
// what is finer than a microsecond; [ErrRange] for a time that PostgreSQL does
// not have.
func TimestampOf(t time.Time) (Timestamp, error) {
	us, err := pgcodec.TimeTimestamp(t)
	return Timestamp(us), err
}

// Time returns the date and time of day in UTC, or [ErrInfinite].
func (ts Timestamp) Time() (time.Time, error) { return pgcodec.TimestampTime(int64(ts)) }

// Inf returns 1 for infinity, -1 for -infinity, and 0 for all others.
func (ts Timestamp) Inf() int { return inf(ts, TimestampNegInfinity, TimestampInfinity) }

// String returns the timestamp in DateStyle ISO.
func (ts Timestamp) String() string { return string(pgcodec.AppendTimestamp(nil, int64(ts))) }

// AppendText appends String.
func (ts Timestamp) AppendText(dst []byte) ([]byte, error) {
	return pgcodec.AppendTimestamp(dst, int64(ts)), nil
}

// MarshalText returns String.
func (ts Timestamp) MarshalText() ([]byte, error) { return ts.AppendText(nil) }

// UnmarshalText reads DateStyle ISO.
func (ts *Timestamp) UnmarshalText(text []byte) error {
	us, err := pgcodec.ParseTimestamp(text)
	if err == nil {
		*ts = Timestamp(us)
	}
	return err
}

// AppendPG implements [Marshaler].
func (ts Timestamp) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDTimestamp); err != nil {
		return dst, err
	} else if f == Text {
		return ts.AppendText(dst)
	}
	return appendInt64(dst, int64(ts)), nil
}

// ScanPG implements [Unmarshaler].
func (ts *Timestamp) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTimestamp); err != nil {
		return err
	} else if f == Text {
		return ts.UnmarshalText(src)
	}
	us, err := pgcodec.TimestampFromBinary(src)
	if err == nil {
		*ts = Timestamp(us)
	}
	return err
}

// TimestamptzOf returns the instant, without what is finer than a microsecond;
// [ErrRange] for one that PostgreSQL does not have.
func TimestamptzOf(t time.Time) (Timestamptz, error) {
	us, err := pgcodec.TimeTimestamptz(t)
	return Timestamptz(us), err
}

// Time returns the instant in UTC, or [ErrInfinite].
func (ts Timestamptz) Time() (time.Time, error) { return pgcodec.TimestampTime(int64(ts)) }

// Inf returns 1 for infinity, -1 for -infinity, and 0 for all others.
func (ts Timestamptz) Inf() int { return inf(ts, TimestamptzNegInfinity, TimestamptzInfinity) }

// String returns the instant in DateStyle ISO, in UTC.
func (ts Timestamptz) String() string { return string(pgcodec.AppendTimestamptz(nil, int64(ts))) }

// AppendText appends String.
func (ts Timestamptz) AppendText(dst []byte) ([]byte, error) {
	return pgcodec.AppendTimestamptz(dst, int64(ts)), nil
}

// MarshalText returns String.
func (ts Timestamptz) MarshalText() ([]byte, error) { return ts.AppendText(nil) }

// UnmarshalText reads DateStyle ISO, with any offset.
func (ts *Timestamptz) UnmarshalText(text []byte) error {
	us, err := pgcodec.ParseTimestamptz(text)
	if err == nil {
		*ts = Timestamptz(us)
	}
	return err
}

// AppendPG implements [Marshaler].
func (ts Timestamptz) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDTimestamptz); err != nil {
		return dst, err
	} else if f == Text {
		return ts.AppendText(dst)
	}
	return appendInt64(dst, int64(ts)), nil
}

// ScanPG implements [Unmarshaler].
func (ts *Timestamptz) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTimestamptz); err != nil {
		return err
	} else if f == Text {
		return ts.UnmarshalText(src)
	}
	us, err := pgcodec.TimestampFromBinary(src)
	if err == nil {
		*ts = Timestamptz(us)
	}
	return err
}
