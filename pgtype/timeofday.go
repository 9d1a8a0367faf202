package pgtype

import (
	"time"

	"parley/internal/pgcodec"
)

// Time is a time of day in microseconds since midnight, up to and including
// 24:00:00.
type Time int64

// TimeOf returns what the clock shows where t is, without what is finer than a
// microsecond.
func TimeOf(t time.Time) Time {
	h, m, s := t.Clock()
	return Time((int64(h)*3600+int64(m)*60+int64(s))*1_000_000 + int64(t.Nanosecond())/1000)
}

// Duration returns the time since midnight.
func (v Time) Duration() time.Duration { return time.Duration(v) * time.Microsecond }

// String returns HH:MM:SS[.ffffff].
func (v Time) String() string { return string(pgcodec.AppendTime(nil, int64(v))) }

// AppendText appends String.
func (v Time) AppendText(dst []byte) ([]byte, error) {
	if !v.valid() {
		return dst, ErrRange
	}
	return pgcodec.AppendTime(dst, int64(v)), nil
}

func (v Time) valid() bool { return v >= 0 && v <= pgcodec.UsPerDay }

// MarshalText returns String.
func (v Time) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText reads HH:MM:SS[.ffffff].
func (v *Time) UnmarshalText(text []byte) error {
	us, err := pgcodec.ParseTime(text)
	if err == nil {
		*v = Time(us)
	}
	return err
}

// AppendPG implements [Marshaler].
func (v Time) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	switch f, err := writes(t, f, pgcodec.OIDTime); {
	case err != nil:
		return dst, err
	case f == Text:
		return v.AppendText(dst)
	case !v.valid():
		return dst, ErrRange
	}
	return appendInt64(dst, int64(v)), nil
}

// ScanPG implements [Unmarshaler].
func (v *Time) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTime); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	us, err := pgcodec.TimeFromBinary(src)
	if err == nil {
		*v = Time(us)
	}
	return err
}

// TimeTZ is a time of day with an offset from UTC.
type TimeTZ struct {
	Time   Time
	Offset int32 // seconds east of UTC, less than 16 hours in either direction
}

// String returns the time and its offset, as 12:34:56+05:30.
func (v TimeTZ) String() string {
	return string(pgcodec.AppendTimeTZ(nil, int64(v.Time), v.Offset))
}

// AppendText appends String.
func (v TimeTZ) AppendText(dst []byte) ([]byte, error) {
	if !v.valid() {
		return dst, ErrRange
	}
	return pgcodec.AppendTimeTZ(dst, int64(v.Time), v.Offset), nil
}

func (v TimeTZ) valid() bool {
	return v.Time.valid() && v.Offset > -16*3600 && v.Offset < 16*3600
}

// MarshalText returns String.
func (v TimeTZ) MarshalText() ([]byte, error) { return v.AppendText(nil) }

// UnmarshalText reads what String writes.
func (v *TimeTZ) UnmarshalText(text []byte) error {
	us, offset, err := pgcodec.ParseTimeTZ(text)
	if err == nil {
		*v = TimeTZ{Time(us), offset}
	}
	return err
}

// AppendPG implements [Marshaler].
func (v TimeTZ) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	switch f, err := writes(t, f, pgcodec.OIDTimeTZ); {
	case err != nil:
		return dst, err
	case f == Text:
		return v.AppendText(dst)
	case !v.valid():
		return dst, ErrRange
	}
	return pgcodec.AppendTimeTZBinary(dst, int64(v.Time), v.Offset), nil
}

// ScanPG implements [Unmarshaler].
func (v *TimeTZ) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTimeTZ); err != nil {
		return err
	} else if f == Text {
		return v.UnmarshalText(src)
	}
	us, offset, err := pgcodec.TimeTZFromBinary(src)
	if err == nil {
		*v = TimeTZ{Time(us), offset}
	}
	return err
}
