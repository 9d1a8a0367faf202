package render

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"parley/wire"
)

// The first and the last moment that a timestamp can be, in microseconds from
// 2000-01-01.
const (
	firstMoment = -211_813_488_000_000_000 // 4714-11-24 BC
	lastMoment  = 9_223_371_331_199_999_999
)

// decodePoint reads a point in time or in the write-ahead log.
func decodePoint(name string, b []byte) (decoded, bool) {
	switch {
	case name == "date" && len(b) == 4:
		return decodeDate(int32(binary.BigEndian.Uint32(b)))
	case len(b) != 8:
		return decoded{}, false
	}
	n := int64(binary.BigEndian.Uint64(b))
	switch {
	case name == "pg_lsn":
		return plain(wire.LSN(n).String())
	case n == math.MaxInt64:
		return plain("infinity")
	case n == math.MinInt64:
		return plain("-infinity")
	case n < firstMoment || n > lastMoment:
		return decoded{}, false
	}
	zone := ""
	if name == "timestamptz" {
		zone = "+00"
	}
	return plain(era(moment(n), "-01-02 15:04:05.999999"+zone))
}

// moment returns the time that is so many microseconds after 2000-01-01, of
// which there are more than a Unix time in microseconds can hold.
func moment(micros int64) time.Time {
	epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	return time.Unix(epoch+micros/1_000_000, micros%1_000_000*1000).UTC()
}

func plain(s string) (decoded, bool) { return decoded{s, s}, true }

func decodeDate(days int32) (decoded, bool) {
	switch days {
	case math.MaxInt32:
		return plain("infinity")
	case math.MinInt32:
		return plain("-infinity")
	}
	return plain(era(time.Date(2000, 1, 1+int(days), 0, 0, 0, 0, time.UTC), "-01-02"))
}

// era writes a time as PostgreSQL does, which has no year 0.
func era(t time.Time, layout string) string {
	year, bc := t.Year(), ""
	if year <= 0 {
		year, bc = 1-year, " BC"
	}
	return fmt.Sprintf("%04d%s%s", year, t.Format(layout), bc)
}

// decodeClock reads a time of day in microseconds.
func decodeClock(b []byte) (decoded, bool) {
	if len(b) != 8 {
		return decoded{}, false
	}
	n := int64(binary.BigEndian.Uint64(b))
	if n < 0 || n > 86_400_000_000 {
		return decoded{}, false
	}
	return plain(clock(uint64(n)))
}

// clock writes microseconds as hours, minutes and seconds.
func clock(n uint64) string {
	s := fmt.Sprintf("%02d:%02d:%02d", n/3_600_000_000, n/60_000_000%60, n/1_000_000%60)
	if micros := n % 1_000_000; micros != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%06d", micros), "0")
	}
	return s
}

// decodeInterval reads microseconds, days and months.
func decodeInterval(b []byte) (decoded, bool) {
	if len(b) != 16 {
		return decoded{}, false
	}
	micros := int64(binary.BigEndian.Uint64(b))
	days, months := int32(binary.BigEndian.Uint32(b[8:])), int32(binary.BigEndian.Uint32(b[12:]))
	switch {
	case micros == math.MaxInt64 && days == math.MaxInt32 && months == math.MaxInt32:
		return plain("infinity")
	case micros == math.MinInt64 && days == math.MinInt32 && months == math.MinInt32:
		return plain("-infinity")
	}
	var words []string
	for _, u := range []struct {
		n    int32
		unit string
	}{{months / 12, "year"}, {months % 12, "mon"}, {days, "day"}} {
		switch u.n {
		case 0:
		case 1:
			words = append(words, "1 "+u.unit)
		default:
			words = append(words, fmt.Sprintf("%d %ss", u.n, u.unit))
		}
	}
	switch {
	case micros < 0:
		words = append(words, "-"+clock(uint64(-micros)))
	case micros > 0 || len(words) == 0:
		words = append(words, clock(uint64(micros)))
	}
	return plain(strings.Join(words, " "))
}
