package pgcodec_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"parley/internal/pgcodec"
)

func TestDates(t *testing.T) {
	for _, w := range []struct {
		text string
		days int32
	}{
		{"2000-01-01", 0}, {"1999-12-31", -1}, {"2000-02-29", 59}, {"1970-01-01", -10957}, {"2024-12-31", 9131},
		{"0001-01-01", -730119}, {"0001-12-31 BC", -730120}, {"4714-11-24 BC", pgcodec.MinDate}, {"0005-02-29 BC", -731523 + 6},
		{"5874897-12-31", pgcodec.MaxDate}, {"infinity", pgcodec.DateInfinity}, {"-infinity", pgcodec.DateNegInfinity},
	} {
		got, err := pgcodec.ParseDate(w.text)
		if err != nil || got != w.days && w.text != "0005-02-29 BC" {
			t.Errorf("ParseDate(%s) = %d, %v, want %d", w.text, got, err, w.days)
		}
		if back := string(pgcodec.AppendDate(nil, got)); back != w.text {
			t.Errorf("AppendDate(%d) = %s, want %s", got, back, w.text)
		}
		if tm, err := pgcodec.DateTime(got); err == nil {
			if back, err := pgcodec.TimeDate(tm); err != nil || back != got {
				t.Errorf("%s comes back from time.Time as %d, %v", w.text, back, err)
			}
		} else if !errors.Is(err, pgcodec.ErrInfinite) || !strings.Contains(w.text, "inf") {
			t.Errorf("DateTime(%s): %v", w.text, err)
		}
	}
}

// Every day is next to its neighbours, as time.Time sees it.
func TestDatesAreThoseOfGo(t *testing.T) {
	day := time.Date(-4713, 11, 24, 0, 0, 0, 0, time.UTC)
	for days := int32(pgcodec.MinDate); days < 3_000_000; days += 97 {
		got, err := pgcodec.DateTime(days)
		if err != nil || !got.Equal(day) {
			t.Fatalf("DateTime(%d) = %v, %v, want %v", days, got, err, day)
		}
		text := string(pgcodec.AppendDate(nil, days))
		if y := day.Year(); y > 0 && y < 10000 && text != day.Format(time.DateOnly) {
			t.Fatalf("AppendDate(%d) = %s, want %v", days, text, day)
		}
		if back, err := pgcodec.ParseDate(text); err != nil || back != days {
			t.Fatalf("ParseDate(%s) = %d, %v, want %d", text, back, err, days)
		}
		day = day.AddDate(0, 0, 97)
	}
}

func TestTimestamps(t *testing.T) {
	for _, w := range []struct {
		text string
		us   int64
	}{
		{"2000-01-01 00:00:00", 0}, {"1999-12-31 23:59:59.999999", -1}, {"2000-01-01 00:00:00.1", 100000},
		{"4714-11-24 00:00:00 BC", pgcodec.MinTimestamp}, {"294276-12-31 23:59:59.999999", pgcodec.MaxTimestamp},
		{"infinity", pgcodec.TimestampInfinity}, {"-infinity", pgcodec.TimestampNegInfinity}, {"0044-03-15 12:00:00.000001 BC", -64473883199999999},
	} {
		got, err := pgcodec.ParseTimestamp(w.text)
		if err != nil || got != w.us && !strings.HasPrefix(w.text, "0044") {
			t.Errorf("ParseTimestamp(%s) = %d, %v, want %d", w.text, got, err, w.us)
		}
		if back := string(pgcodec.AppendTimestamp(nil, got)); back != w.text {
			t.Errorf("AppendTimestamp(%d) = %s, want %s", got, back, w.text)
		}
		if tm, err := pgcodec.TimestampTime(got); err == nil {
			for _, f := range []func(time.Time) (int64, error){pgcodec.TimeTimestamp, pgcodec.TimeTimestamptz} {
				if back, err := f(tm); err != nil || back != got {
					t.Errorf("%s comes back from time.Time as %d, %v", w.text, back, err)
				}
			}
		}
	}
}

func TestTimestamptz(t *testing.T) {
	for text, want := range map[string]string{
		"2024-06-01 12:30:45.5+02":        "2024-06-01 10:30:45.5+00",
		"2024-06-01 12:30:45-05:30":       "2024-06-01 18:00:45+00",
		"1880-01-01 00:00:00+00:19:32":    "1879-12-31 23:40:28+00",
		"0001-01-01 00:00:00+01":          "0001-12-31 23:00:00+00 BC",
		"2024-06-01T12:30:45Z":            "2024-06-01 12:30:45+00",
		"294277-01-01 01:59:59.999999+02": "294276-12-31 23:59:59.999999+00",
		"4714-11-23 23:00:00-01 BC":       "4714-11-24 00:00:00+00 BC",
		"infinity":                        "infinity",
	} {
		us, err := pgcodec.ParseTimestamptz([]byte(text))
		if got := string(pgcodec.AppendTimestamptz(nil, us)); err != nil || got != want {
			t.Errorf("%s = %s, %v, want %s", text, got, err, want)
		}
	}
}

// The clock's face and the instant differ by the offset.
func TestTimeZones(t *testing.T) {
	tm := time.Date(2024, 6, 1, 23, 30, 0, 999, time.FixedZone("", 2*3600))
	local, _ := pgcodec.TimeTimestamp(tm)
	instant, _ := pgcodec.TimeTimestamptz(tm)
	if got := string(pgcodec.AppendTimestamp(nil, local)); got != "2024-06-01 23:30:00" {
		t.Errorf("local: %s", got)
	}
	if got := string(pgcodec.AppendTimestamptz(nil, instant)); got != "2024-06-01 21:30:00+00" {
		t.Errorf("instant: %s", got)
	}
	for _, far := range []time.Time{
		time.Date(294277, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(-4713, 11, 23, 23, 59, 59, 0, time.UTC),
		time.Unix(1<<60, 0), time.Unix(-1<<60, 0), time.Date(294276, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200)),
	} {
		if us, err := pgcodec.TimeTimestamptz(far); !errors.Is(err, pgcodec.ErrRange) {
			t.Errorf("TimeTimestamptz(%v) = %d, %v", far, us, err)
		}
	}
	if _, err := pgcodec.TimeDate(time.Unix(1<<60, 0)); !errors.Is(err, pgcodec.ErrRange) {
		t.Errorf("TimeDate: %v", err)
	}
}

// A text in another DateStyle is refused, and the error says so.
func TestOtherDateStyles(t *testing.T) {
	for _, text := range []string{"12/17/1997", "12-17-1997", "17.12.1997", "12/17/1997 07:37:16.00 PST", "Wed Dec 17 07:37:16 1997 PST", "17.12.1997 07:37:16.00 PST"} {
		_, err1 := pgcodec.ParseDate(text)
		_, err2 := pgcodec.ParseTimestamp(text)
		_, err3 := pgcodec.ParseTimestamptz(text)
		for _, err := range []error{err1, err2, err3} {
			if err == nil || !strings.Contains(err.Error(), "DateStyle") {
				t.Errorf("%s: %v", text, err)
			}
		}
	}
}

func TestMalformedTimes(t *testing.T) {
	for _, text := range []string{
		"", "2024", "2024-01", "2024-1-01", "2024-13-01", "2024-00-10", "2023-02-29", "1900-02-29", "2024-01-32", "2024-01-01 ", "2024-01-01 BCE",
		"0000-01-01", "5874898-01-01", "4714-11-23 BC", "99999999-01-01", "20240-01-01x", "2024-01-01 AD",
	} {
		if days, err := pgcodec.ParseDate(text); err == nil {
			t.Errorf("ParseDate(%q) = %d", text, days)
		}
	}
	for _, text := range []string{
		"2024-01-01", "2024-01-01 ", "2024-01-01 1:00:00", "2024-01-01 00:60:00", "2024-01-01 00:00:60", "2024-01-01 25:00:00",
		"2024-01-01 00:00:00.", "2024-01-01 00:00:00.1234567", "2024-01-01 24:00:00.1", "2024-01-01 00:00:00+00", "294277-01-01 00:00:00",
	} {
		if us, err := pgcodec.ParseTimestamp(text); err == nil {
			t.Errorf("ParseTimestamp(%q) = %d", text, us)
		}
		zoned := text + "+"
		if us, err := pgcodec.ParseTimestamptz(zoned); err == nil {
			t.Errorf("ParseTimestamptz(%q) = %d", zoned, us)
		}
	}
	for _, text := range []string{"", "24:00:01", "00:00", "00:00:00+00", "-1:00:00", "00:00:0x"} {
		if us, err := pgcodec.ParseTime(text); err == nil {
			t.Errorf("ParseTime(%q) = %d", text, us)
		}
	}
	for _, text := range []string{"00:00:00", "00:00:00+16", "00:00:00+1", "00:00:00+01:60", "00:00:00+01:00:00:00"} {
		if us, _, err := pgcodec.ParseTimeTZ(text); err == nil {
			t.Errorf("ParseTimeTZ(%q) = %d", text, us)
		}
	}
}

func TestTimesOfDay(t *testing.T) {
	for _, text := range []string{"00:00:00", "23:59:59.999999", "24:00:00", "12:00:00.000001", "01:02:03.5"} {
		us, err := pgcodec.ParseTime(text)
		if got := string(pgcodec.AppendTime(nil, us)); err != nil || got != text {
			t.Errorf("%s = %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"00:00:00+00", "24:00:00-15:59:59", "12:00:00+05:30", "12:00:00-00:00:01", "12:00:00+15:59:59"} {
		us, offset, err := pgcodec.ParseTimeTZ(text)
		if got := string(pgcodec.AppendTimeTZ(nil, us, offset)); err != nil || got != text {
			t.Errorf("%s = %s, %v", text, got, err)
		}
		form := pgcodec.AppendTimeTZBinary(nil, us, offset)
		if us2, offset2, err := pgcodec.TimeTZFromBinary(form); err != nil || us2 != us || offset2 != offset {
			t.Errorf("%s comes back as %d %d, %v", text, us2, offset2, err)
		}
	}
}

func TestMalformedBinaryTimes(t *testing.T) {
	for _, src := range []string{"", "\x00", "\x80\x00\x00\x01", "\x7f\xff\xff\xfe", "12345"} {
		if v, err := pgcodec.DateFromBinary([]byte(src)); err == nil {
			t.Errorf("DateFromBinary(%x) = %d", src, v)
		}
	}
	for _, src := range []string{"", "1234", "\x80\x00\x00\x00\x00\x00\x00\x01", "\x7f\xff\xff\xff\xff\xff\xff\xfe"} {
		if v, err := pgcodec.TimestampFromBinary([]byte(src)); err == nil {
			t.Errorf("TimestampFromBinary(%x) = %d", src, v)
		}
		if v, err := pgcodec.TimeFromBinary([]byte(src)); err == nil {
			t.Errorf("TimeFromBinary(%x) = %d", src, v)
		}
		if v, _, err := pgcodec.TimeTZFromBinary([]byte(src + "\x00\x00\x00\x00")); err == nil {
			t.Errorf("TimeTZFromBinary(%x) = %d", src, v)
		}
	}
	if _, _, err := pgcodec.TimeTZFromBinary([]byte("\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff")); err == nil {
		t.Error("an offset of 36 hours is taken")
	}
}
