package pgcodec

// ParseDate reads a date in DateStyle ISO.
func ParseDate[S Text](src S) (days int32, err error) {
	switch string(src) {
	case "infinity":
		return DateInfinity, nil
	case "-infinity":
		return DateNegInfinity, nil
	}
	p := clock[S]{src: src}
	d, ok := p.date()
	if !ok {
		return 0, p.wrong("date")
	}
	p.era()
	if !p.done() {
		return 0, p.wrong("date")
	}
	n, ok := d.days(p.bc)
	if !ok || n < MinDate || n > MaxDate {
		return 0, rangeOf("date")
	}
	return int32(n), nil
}

// ParseTimestamp reads a timestamp without time zone in DateStyle ISO.
func ParseTimestamp[S Text](src S) (us int64, err error) { return parseTimestamp(src, false) }

// ParseTimestamptz reads a timestamp with time zone in DateStyle ISO. The
// offset is not kept, as the server does not keep it either.
func ParseTimestamptz[S Text](src S) (us int64, err error) { return parseTimestamp(src, true) }

func parseTimestamp[S Text](src S, zone bool) (int64, error) {
	what := "timestamp"
	if zone {
		what = "timestamptz"
	}
	switch string(src) {
	case "infinity":
		return TimestampInfinity, nil
	case "-infinity":
		return TimestampNegInfinity, nil
	}
	p := clock[S]{src: src}
	d, ok := p.date()
	if !ok || !(p.take(' ') || p.take('T')) {
		return 0, p.wrong(what)
	}
	us, ok := p.time()
	if !ok {
		return 0, p.wrong(what)
	}
	offset, ok := p.zone()
	if ok != zone {
		return 0, p.wrong(what)
	}
	p.era()
	if !p.done() {
		return 0, p.wrong(what)
	}
	n, ok := d.days(p.bc)
	// A day more than fits on both sides, for the offset.
	if !ok || n < MinTimestamp/UsPerDay-1 || n > MaxTimestamp/UsPerDay+1 {
		return 0, rangeOf(what)
	}
	return within(n, us-int64(offset)*usPerSecond, what)
}

// within adds days and microseconds without overflow.
func within(days, us int64, what string) (int64, error) {
	days += floorDiv(us, UsPerDay)
	us -= floorDiv(us, UsPerDay) * UsPerDay
	if days < MinTimestamp/UsPerDay || days > MaxTimestamp/UsPerDay {
		return 0, rangeOf(what)
	}
	return days*UsPerDay + us, nil
}

// ParseTime reads HH:MM:SS[.ffffff] as microseconds since midnight.
func ParseTime[S Text](src S) (us int64, err error) {
	p := clock[S]{src: src}
	us, ok := p.time()
	if !ok || !p.done() {
		return 0, syntax("time")
	}
	return us, nil
}

// ParseTimeTZ reads a time with an offset, which is returned in seconds east
// of UTC.
func ParseTimeTZ[S Text](src S) (us int64, offset int32, err error) {
	p := clock[S]{src: src}
	us, ok := p.time()
	if !ok {
		return 0, 0, syntax("timetz")
	}
	offset, ok = p.zone()
	if !ok || !p.done() {
		return 0, 0, syntax("timetz")
	}
	return us, offset, nil
}

// clock reads the pieces of dates and times from left to right.
type clock[S Text] struct {
	src S
	at  int
	bc  bool
}

// civil is a date as written.
type civil struct {
	year       int64
	month, day int
}

// days counts the days from 2000-01-01; false for a date that is none.
func (d civil) days(bc bool) (int64, bool) {
	if d.year < 1 {
		return 0, false
	}
	if bc {
		d.year = 1 - d.year
	}
	if !isDate(d.year, d.month, d.day) {
		return 0, false
	}
	return daysFromCivil(d.year, d.month, d.day), true
}

// wrong names what is wrong with a date or time: most often the DateStyle.
func (p *clock[S]) wrong(what string) error {
	for i := range len(p.src) {
		switch c := p.src[i]; {
		case c == '/', i < 4 && (c == '-' || c == '.'), i < 3 && c >= 'A' && c <= 'Z':
			return errDateStyle
		}
	}
	return syntax(what)
}

func (p *clock[S]) done() bool { return p.at == len(p.src) }

func (p *clock[S]) take(c byte) bool {
	if p.at < len(p.src) && p.src[p.at] == c {
		p.at++
		return true
	}
	return false
}

// number reads from low to high digits.
func (p *clock[S]) number(low, high int) (n int64, ok bool) {
	start := p.at
	for p.at < len(p.src) && p.at-start < high && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
		n = n*10 + int64(p.src[p.at]-'0')
		p.at++
	}
	return n, p.at-start >= low
}

// two reads two digits.
func (p *clock[S]) two() (int, bool) {
	if p.at+2 > len(p.src) {
		return 0, false
	}
	a, b := p.src[p.at]-'0', p.src[p.at+1]-'0'
	p.at += 2
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// date reads YYYY-MM-DD.
func (p *clock[S]) date() (d civil, ok bool) {
	if d.year, ok = p.number(4, 7); !ok || !p.take('-') {
		return d, false
	}
	if d.month, ok = p.two(); !ok || !p.take('-') {
		return d, false
	}
	d.day, ok = p.two()
	return d, ok
}

// time reads HH:MM:SS[.ffffff], up to 24:00:00.
func (p *clock[S]) time() (us int64, ok bool) {
	h, ok := p.two()
	if !ok || !p.take(':') {
		return 0, false
	}
	m, ok := p.two()
	if !ok || !p.take(':') {
		return 0, false
	}
	s, ok := p.two()
	if !ok || h > 24 || m > 59 || s > 59 {
		return 0, false
	}
	us = (int64(h)*3600 + int64(m)*60 + int64(s)) * usPerSecond
	if p.take('.') {
		f, ok := p.fraction()
		if !ok {
			return 0, false
		}
		us += f
	}
	return us, us <= UsPerDay
}

// fraction reads one to six digits as microseconds.
func (p *clock[S]) fraction() (int64, bool) {
	start := p.at
	n, ok := p.number(1, 6)
	for range 6 - (p.at - start) {
		n *= 10
	}
	return n, ok
}

// zone reads +HH[:MM[:SS]] as seconds east of UTC, or Z.
func (p *clock[S]) zone() (offset int32, ok bool) {
	if p.take('Z') {
		return 0, true
	}
	neg := p.take('-')
	if !neg && !p.take('+') {
		return 0, false
	}
	unit := 3600
	n := 0
	for {
		v, ok := p.two()
		if !ok || unit < 3600 && v > 59 {
			return 0, false
		}
		n += v * unit
		if unit == 1 || !p.take(':') {
			break
		}
		unit /= 60
	}
	if n > maxOffset {
		return 0, false
	}
	if neg {
		n = -n
	}
	return int32(n), true
}

// era reads " BC".
func (p *clock[S]) era() {
	if len(p.src)-p.at == 3 && p.src[p.at] == ' ' && p.src[p.at+1] == 'B' && p.src[p.at+2] == 'C' {
		p.at += 3
		p.bc = true
	}
}
