package pgcodec

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// What a date and a timestamp can be: 4714-11-24 BC, in the Gregorian
// calendar, is day 0 of the Julian period, and the ends are those of the server's own checks.
const (
	MinDate      = -2451545                      // 4714-11-24 BC
	MaxDate      = 2145031948                    // 5874897-12-31
	MinTimestamp = -211_813_488_000_000_000      // 4714-11-24 BC
	MaxTimestamp = 9_223_371_331_200_000_000 - 1 // 294276-12-31 23:59:59.999999

	DateInfinity         = math.MaxInt32
	DateNegInfinity      = math.MinInt32
	TimestampInfinity    = math.MaxInt64
	TimestampNegInfinity = math.MinInt64
)

var errDateStyle = errors.New("a date or time that is not in DateStyle ISO: set datestyle to ISO")

func rangeOf(what string) error { return rangeError{what} }

// rangeError is an ErrRange that says of what.
type rangeError struct{ what string }

func (e rangeError) Error() string { return e.what + " out of range" }
func (e rangeError) Unwrap() error { return ErrRange }

// DateFromBinary reads days since 2000-01-01, or an infinity.
func DateFromBinary(src []byte) (days int32, err error) {
	if len(src) != 4 {
		return 0, badSize("date", len(src), 4)
	}
	days = int32(binary.BigEndian.Uint32(src))
	if (days < MinDate || days > MaxDate) && days != DateInfinity && days != DateNegInfinity {
		return 0, rangeOf("date")
	}
	return days, nil
}

// TimestampFromBinary reads microseconds since 2000-01-01, or an infinity. It
// serves timestamp and timestamptz, which differ in what they mean only.
func TimestampFromBinary(src []byte) (us int64, err error) {
	if len(src) != 8 {
		return 0, badSize("timestamp", len(src), 8)
	}
	us = int64(binary.BigEndian.Uint64(src))
	if (us < MinTimestamp || us > MaxTimestamp) && us != TimestampInfinity && us != TimestampNegInfinity {
		return 0, rangeOf("timestamp")
	}
	return us, nil
}

// DateTime returns midnight UTC of the day, or ErrInfinite.
func DateTime(days int32) (time.Time, error) {
	if days == DateInfinity || days == DateNegInfinity {
		return time.Time{}, ErrInfinite
	}
	return time.Unix((int64(days)+unixEpochDays)*86400, 0).UTC(), nil
}

// TimestampTime returns the time in UTC, or ErrInfinite. Of a timestamp without
// time zone, the clock's face is what counts.
func TimestampTime(us int64) (time.Time, error) {
	if us == TimestampInfinity || us == TimestampNegInfinity {
		return time.Time{}, ErrInfinite
	}
	sec := floorDiv(us, usPerSecond)
	return time.Unix(sec+unixEpochSecs, (us-sec*usPerSecond)*1000).UTC(), nil
}

// TimeDate returns the day that the calendar shows where t is.
func TimeDate(t time.Time) (days int32, err error) {
	_, offset := t.Zone()
	d := floorDiv(t.Unix()+int64(offset), 86400) - unixEpochDays
	if d < MinDate || d > MaxDate {
		return 0, rangeOf("date")
	}
	return int32(d), nil
}

// TimeTimestamptz returns the instant. What is finer than a microsecond is cut
// off, towards the past.
func TimeTimestamptz(t time.Time) (us int64, err error) { return toMicros(t, 0) }

// TimeTimestamp returns what the clock shows where t is.
func TimeTimestamp(t time.Time) (us int64, err error) {
	_, offset := t.Zone()
	return toMicros(t, offset)
}

func toMicros(t time.Time, offset int) (int64, error) {
	sec := t.Unix()
	// The bounds in seconds first: the product below must not overflow.
	if sec < MinTimestamp/usPerSecond+unixEpochSecs-86400*2 || sec > MaxTimestamp/usPerSecond+unixEpochSecs+86400*2 {
		return 0, rangeOf("timestamp")
	}
	sec += int64(offset) - unixEpochSecs
	// MaxTimestamp is near the end of int64.
	if sec < MinTimestamp/usPerSecond || sec > MaxTimestamp/usPerSecond {
		return 0, rangeOf("timestamp")
	}
	return sec*usPerSecond + int64(t.Nanosecond())/1000, nil
}

// AppendDate appends a date in DateStyle ISO.
func AppendDate(dst []byte, days int32) []byte {
	if days == DateInfinity {
		return append(dst, "infinity"...)
	}
	if days == DateNegInfinity {
		return append(dst, "-infinity"...)
	}
	year, month, day := civilFromDays(int64(days))
	dst = appendCivil(dst, year, month, day)
	if year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendTimestamp appends a timestamp without time zone in DateStyle ISO.
func AppendTimestamp(dst []byte, us int64) []byte { return appendTimestamp(dst, us, "") }

// AppendTimestamptz appends a timestamp with time zone in DateStyle ISO, in UTC.
func AppendTimestamptz(dst []byte, us int64) []byte { return appendTimestamp(dst, us, "+00") }

func appendTimestamp(dst []byte, us int64, zone string) []byte {
	if us == TimestampInfinity {
		return append(dst, "infinity"...)
	}
	if us == TimestampNegInfinity {
		return append(dst, "-infinity"...)
	}
	days := floorDiv(us, UsPerDay)
	year, month, day := civilFromDays(days)
	dst = appendCivil(dst, year, month, day)
	dst = AppendTime(append(dst, ' '), us-days*UsPerDay)
	dst = append(dst, zone...)
	if year <= 0 {
		dst = append(dst, " BC"...)
	}
	return dst
}

// AppendTime appends microseconds since midnight as HH:MM:SS[.ffffff].
func AppendTime(dst []byte, us int64) []byte {
	if us < 0 || us > UsPerDay {
		us = 0 // no such time; callers have checked
	}
	sec := int(us / usPerSecond)
	dst = append2(dst, sec/3600)
	dst = append2(append(dst, ':'), sec/60%60)
	dst = append2(append(dst, ':'), sec%60)
	return appendFraction(dst, int(us%usPerSecond))
}

// TimeFromBinary reads microseconds since midnight; 24:00:00 is a time.
func TimeFromBinary(src []byte) (us int64, err error) {
	if len(src) != 8 {
		return 0, badSize("time", len(src), 8)
	}
	us = int64(binary.BigEndian.Uint64(src))
	if us < 0 || us > UsPerDay {
		return 0, rangeOf("time")
	}
	return us, nil
}

// maxOffset is what the server takes for an offset: less than 16 hours.
const maxOffset = 16*3600 - 1

// TimeTZFromBinary reads microseconds since midnight and seconds east of UTC;
// the form has them west.
func TimeTZFromBinary(src []byte) (us int64, offset int32, err error) {
	if len(src) != 12 {
		return 0, 0, badSize("timetz", len(src), 12)
	}
	if us, err = TimeFromBinary(src[:8]); err != nil {
		return 0, 0, err
	}
	west := int32(binary.BigEndian.Uint32(src[8:]))
	if west < -maxOffset || west > maxOffset {
		return 0, 0, rangeOf("time zone offset")
	}
	return us, -west, nil
}

// AppendTimeTZBinary appends the form that TimeTZFromBinary reads.
func AppendTimeTZBinary(dst []byte, us int64, offset int32) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(us))
	return binary.BigEndian.AppendUint32(dst, uint32(-offset))
}

// AppendTimeTZ appends the time and its offset, +05:30 or +05 or +05:30:15.
func AppendTimeTZ(dst []byte, us int64, offset int32) []byte {
	dst = AppendTime(dst, us)
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	if offset > maxOffset || offset < 0 {
		offset = 0
	}
	n := int(offset)
	dst = append2(append(dst, sign), n/3600)
	if n%3600 != 0 {
		dst = append2(append(dst, ':'), n/60%60)
	}
	if n%60 != 0 {
		dst = append2(append(dst, ':'), n%60)
	}
	return dst
}
