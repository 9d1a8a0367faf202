package pgcodec

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
)

// Interval is months, days and microseconds, which are not converted into each
// other: months differ in length, and days too. All at their greatest values
// are infinity, and all at their least -infinity, from PostgreSQL 17 on.
type Interval struct {
	Months, Days int32
	Us           int64
}

// The infinite intervals.
var (
	IntervalInfinity    = Interval{math.MaxInt32, math.MaxInt32, math.MaxInt64}
	IntervalNegInfinity = Interval{math.MinInt32, math.MinInt32, math.MinInt64}
)

// IntervalFromBinary reads a binary form.
func IntervalFromBinary(src []byte) (v Interval, err error) {
	if len(src) != 16 {
		return v, badSize("interval", len(src), 16)
	}
	return Interval{
		Months: int32(binary.BigEndian.Uint32(src[12:])),
		Days:   int32(binary.BigEndian.Uint32(src[8:])),
		Us:     int64(binary.BigEndian.Uint64(src)),
	}, nil
}

// AppendIntervalBinary appends a binary form.
func AppendIntervalBinary(dst []byte, v Interval) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Us))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}

// AppendInterval appends the text in IntervalStyle postgres, which a server
// reads in whatever style it writes.
func AppendInterval(dst []byte, v Interval) []byte {
	switch v {
	case IntervalInfinity:
		return append(dst, "infinity"...)
	case IntervalNegInfinity:
		return append(dst, "-infinity"...)
	}
	w := intervalWriter{dst: dst, start: len(dst)}
	w.part(int64(v.Months/12), "year")
	w.part(int64(v.Months%12), "mon")
	w.part(int64(v.Days), "day")
	w.time(v.Us)
	return w.dst
}

// intervalWriter keeps what the server's EncodeInterval keeps: a positive part
// after a negative one gets a sign.
type intervalWriter struct {
	dst      []byte
	start    int
	negative bool // the part before was
}

func (w *intervalWriter) separate() {
	if len(w.dst) > w.start {
		w.dst = append(w.dst, ' ')
	}
}

func (w *intervalWriter) part(n int64, unit string) {
	if n == 0 {
		return
	}
	w.separate()
	if w.negative && n > 0 {
		w.dst = append(w.dst, '+')
	}
	w.dst = strconv.AppendInt(w.dst, n, 10)
	w.dst = append(append(w.dst, ' '), unit...)
	if n != 1 {
		w.dst = append(w.dst, 's')
	}
	w.negative = n < 0
}

func (w *intervalWriter) time(us int64) {
	if us == 0 && len(w.dst) > w.start {
		return
	}
	w.separate()
	switch {
	case us < 0:
		w.dst = append(w.dst, '-')
	case w.negative:
		w.dst = append(w.dst, '+')
	}
	u := uint64(us)
	if us < 0 {
		u = -u
	}
	w.dst = appendPadded(w.dst, u/usPerHour, 2)
	w.dst = append2(append(w.dst, ':'), int(u/usPerMinute%60))
	w.dst = append2(append(w.dst, ':'), int(u/usPerSecond%60))
	w.dst = appendFraction(w.dst, int(u%usPerSecond))
}

// maxIntervalText is more than any style needs.
const maxIntervalText = 256

// ParseInterval reads a text in any IntervalStyle: postgres, postgres_verbose,
// iso_8601 or sql_standard.
func ParseInterval[S Text](src S) (Interval, error) {
	if len(src) > maxIntervalText {
		return Interval{}, syntax("interval")
	}
	s := strings.TrimSpace(string(src))
	switch {
	case s == "":
		return Interval{}, syntax("interval")
	case s == "infinity":
		return IntervalInfinity, nil
	case s == "-infinity":
		return IntervalNegInfinity, nil
	}
	var sum intervalSum
	ok := false
	if s[0] == 'P' {
		ok = sum.iso(s[1:])
	} else {
		ok = sum.words(s)
	}
	if !ok {
		return Interval{}, syntax("interval")
	}
	return sum.interval()
}

// intervalSum adds up the parts of a text.
type intervalSum struct {
	months, days, us int64
	overflow         bool
}

func (s *intervalSum) interval() (Interval, error) {
	v := Interval{int32(s.months), int32(s.days), s.us}
	if s.overflow || int64(v.Months) != s.months || int64(v.Days) != s.days {
		return Interval{}, rangeOf("interval")
	}
	return v, nil
}

// add adds n units to a sum, and notices when that is too much.
func (s *intervalSum) add(sum *int64, n, unit int64) {
	if n > math.MaxInt64/unit || n < math.MinInt64/unit {
		s.overflow = true
		return
	}
	n *= unit
	if n > 0 && *sum > math.MaxInt64-n || n < 0 && *sum < math.MinInt64-n {
		s.overflow = true
		return
	}
	*sum += n
}

// amount is a number with up to six decimals, which count in millionths.
type amount struct{ whole, millionths int64 }

// readAmount reads a number; negate turns an unsigned one around.
func readAmount(s string, negate bool) (a amount, rest string, ok bool) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negate = s[0] == '-'
		s = s[1:]
	}
	n := countDigits(s)
	if n > 18 {
		return a, s, false
	}
	for i := range n {
		a.whole = a.whole*10 + int64(s[i]-'0')
	}
	s = s[n:]
	if s != "" && s[0] == '.' {
		p := clock[string]{src: s, at: 1}
		f, fok := p.fraction()
		if !fok {
			return a, s, false
		}
		a.millionths, s, n = f, s[p.at:], n+1
	}
	if negate {
		a.whole, a.millionths = -a.whole, -a.millionths
	}
	return a, s, n > 0
}

// unit adds an amount of a unit; only seconds have a fraction.
func (s *intervalSum) unit(a amount, unit string) bool {
	if len(unit) > 1 {
		unit = strings.TrimSuffix(unit, "s")
	}
	switch unit {
	case "sec", "second", "S":
		s.add(&s.us, a.whole, usPerSecond)
		s.add(&s.us, a.millionths, 1)
		return true
	case "min", "minute":
		s.add(&s.us, a.whole, usPerMinute)
	case "hour", "H":
		s.add(&s.us, a.whole, usPerHour)
	case "day", "D":
		s.add(&s.days, a.whole, 1)
	case "week", "W":
		s.add(&s.days, a.whole, 7)
	case "mon", "month", "M":
		s.add(&s.months, a.whole, 1)
	case "year", "Y":
		s.add(&s.months, a.whole, 12)
	default:
		return false
	}
	return a.millionths == 0
}

// iso reads what follows the P of ISO 8601's format with designators.
func (s *intervalSum) iso(text string) bool {
	if text == "" {
		return false
	}
	inTime := false
	for text != "" {
		if text[0] == 'T' && !inTime {
			inTime, text = true, text[1:]
		}
		a, rest, ok := readAmount(text, false)
		if !ok || rest == "" {
			return false
		}
		unit := rest[:1]
		switch {
		case inTime && unit == "M":
			unit = "min"
		case inTime != (unit == "H" || unit == "S"):
			return false
		}
		if !s.unit(a, unit) {
			return false
		}
		text = rest[1:]
	}
	return true
}

// words reads the other styles: amounts with units, a time, and in the SQL
// standard's style years-months and days without a unit.
func (s *intervalSum) words(text string) bool {
	text, verbose := strings.CutPrefix(text, "@")
	text = strings.TrimSpace(text)
	text, ago := strings.CutSuffix(text, " ago")
	// "if there is a leading '-' and no other sign, it applies to all fields":
	// the SQL standard's style, which has no units.
	negate := text != "" && text[0] == '-' && !strings.Contains(text, " -") && !strings.Contains(text, " +") &&
		!strings.ContainsAny(text, "abcdefghijklmnopqrstuvwxyz")
	for text != "" {
		var word string
		word, text, _ = strings.Cut(text, " ")
		next, after, _ := strings.Cut(text, " ")
		used, ok := s.word(word, next, negate)
		if !ok {
			return false
		}
		if used {
			text = after
		}
	}
	if ago {
		return verbose && s.turn()
	}
	return true
}

// turn negates all parts.
func (s *intervalSum) turn() bool {
	s.overflow = s.overflow || s.us == math.MinInt64
	s.months, s.days, s.us = -s.months, -s.days, -s.us
	return true
}

// word reads one word; used says that the next one was its unit.
func (s *intervalSum) word(word, next string, negate bool) (used, ok bool) {
	if strings.Contains(word, ":") {
		return false, s.clock(word, negate)
	}
	a, rest, ok := readAmount(word, negate)
	switch {
	case !ok:
		return false, false
	case rest != "":
		return false, s.yearMonth(a, rest, negate || word[0] == '-')
	case next == "" && a == amount{}:
		return false, true // 0
	case strings.Contains(next, ":"):
		return false, s.unit(a, "day")
	}
	return true, s.unit(a, next)
}

func (s *intervalSum) yearMonth(years amount, rest string, negate bool) bool {
	if rest[0] != '-' {
		return false
	}
	months, rest, ok := readAmount(rest[1:], negate)
	return ok && rest == "" && s.unit(years, "year") && s.unit(months, "mon")
}

// clock reads [-]H:MM:SS[.ffffff].
func (s *intervalSum) clock(word string, negate bool) bool {
	negate = negate || word[0] == '-'
	hours, rest, ok := readAmount(word, negate)
	if !ok || len(rest) < 3 || rest[0] != ':' {
		return false
	}
	minutes, rest, ok := readAmount(rest[1:], negate)
	if !ok || !s.unit(hours, "hour") || !s.unit(minutes, "min") {
		return false
	}
	if rest == "" {
		return true // an IntervalStyle of the SQL standard's has no H:MM, but servers read it
	}
	seconds, end, ok := readAmount(strings.TrimPrefix(rest, ":"), negate)
	return ok && rest[0] == ':' && end == "" && s.unit(seconds, "sec")
}
