package pgcodec_test

import (
	"errors"
	"math"
	"testing"

	"parley/internal/pgcodec"
)

// intervals in all four styles; the first is the one that is written.
var intervals = []struct {
	v                           pgcodec.Interval
	postgres, verbose, iso, std string
}{
	{pgcodec.Interval{}, "00:00:00", "@ 0", "PT0S", "0"},
	{pgcodec.Interval{Months: 14, Days: 3, Us: 14706_789000}, "1 year 2 mons 3 days 04:05:06.789", "@ 1 year 2 mons 3 days 4 hours 5 mins 6.789 secs", "P1Y2M3DT4H5M6.789S", "+1-2 +3 +4:05:06.789"},
	{pgcodec.Interval{Months: -14, Days: -3, Us: -14706_789000}, "-1 years -2 mons -3 days -04:05:06.789", "@ 1 year 2 mons 3 days 4 hours 5 mins 6.789 secs ago", "P-1Y-2M-3DT-4H-5M-6.789S", "-1-2 -3 -4:05:06.789"},
	{pgcodec.Interval{Months: -14, Days: 3, Us: -14706_000000}, "-1 years -2 mons +3 days -04:05:06", "@ 1 year 2 mons -3 days 4 hours 5 mins 6 secs ago", "P-1Y-2M3DT-4H-5M-6S", "-1-2 +3 -4:05:06"},
	{pgcodec.Interval{Months: 1}, "1 mon", "@ 1 mon", "P1M", "0-1"},
	{pgcodec.Interval{Months: -13}, "-1 years -1 mons", "@ 1 year 1 mon ago", "P-1Y-1M", "-1-1"},
	{pgcodec.Interval{Days: 1, Us: 1}, "1 day 00:00:00.000001", "@ 1 day 0.000001 secs", "P1DT0.000001S", "1 0:00:00.000001"},
	{pgcodec.Interval{Days: -1, Us: 7200_000000}, "-1 days +02:00:00", "@ 1 day -2 hours ago", "P-1DT2H", "-0-0 -1 +2:00:00"},
	{pgcodec.Interval{Days: -3, Us: -3600_000000}, "-3 days -01:00:00", "@ 3 days 1 hour ago", "P-3DT-1H", "-3 1:00:00"},
	{pgcodec.Interval{Us: -500000}, "-00:00:00.5", "@ 0.5 secs ago", "PT-0.5S", "-0:00:00.5"},
	{pgcodec.Interval{Us: math.MaxInt64}, "2562047788:00:54.775807", "@ 2562047788 hours 54.775807 secs", "PT2562047788H54.775807S", "2562047788:00:54.775807"},
	{pgcodec.Interval{Us: math.MinInt64}, "-2562047788:00:54.775808", "@ -2562047788 hours -54.775808 secs", "PT-2562047788H-54.775808S", "-2562047788:00:54.775808"},
	{pgcodec.Interval{Months: math.MaxInt32, Days: math.MaxInt32}, "178956970 years 7 mons 2147483647 days", "@ 178956970 years 7 mons 2147483647 days", "P178956970Y7M2147483647D", "+178956970-7 +2147483647 +0:00:00"},
	{pgcodec.Interval{Months: math.MinInt32, Days: math.MinInt32}, "-178956970 years -8 mons -2147483648 days", "@ -178956970 years -8 mons -2147483648 days", "P-178956970Y-8M-2147483648D", "-178956970-8 -2147483648 -0:00:00"},
	{pgcodec.IntervalInfinity, "infinity", "infinity", "infinity", "infinity"},
	{pgcodec.IntervalNegInfinity, "-infinity", "-infinity", "-infinity", "-infinity"},
}

func TestIntervals(t *testing.T) {
	for _, w := range intervals {
		if got := string(pgcodec.AppendInterval(nil, w.v)); got != w.postgres {
			t.Errorf("AppendInterval(%+v) = %s, want %s", w.v, got, w.postgres)
		}
		for _, text := range []string{w.postgres, w.verbose, w.iso, w.std} {
			if got, err := pgcodec.ParseInterval(text); err != nil || got != w.v {
				t.Errorf("ParseInterval(%s) = %+v, %v, want %+v", text, got, err, w.v)
			}
		}
		form := pgcodec.AppendIntervalBinary(nil, w.v)
		if got, err := pgcodec.IntervalFromBinary(form); err != nil || got != w.v {
			t.Errorf("IntervalFromBinary(%x) = %+v, %v, want %+v", form, got, err, w.v)
		}
	}
	if _, err := pgcodec.IntervalFromBinary(make([]byte, 15)); err == nil {
		t.Error("15 bytes are an interval")
	}
}

func TestMalformedIntervals(t *testing.T) {
	for _, text := range []string{
		"", " ", "1", "-5", "year", "1 yea", "1 year ago", "@ 1", "P", "P1", "PT", "P1S", "PT1Y", "P1.5Y", "PTT1S", "1-", "1-x", "1-2-3",
		"1:", "1:2:", "1:2:3:4", "1.5 days", "1:x", "a:b", "1.1234567 secs", "1 day 2", "- 1 day", "1e5 days", "9999999999999999999 days", "PT1", "+", "1.",
	} {
		if got, err := pgcodec.ParseInterval(text); err == nil {
			t.Errorf("ParseInterval(%q) = %+v", text, got)
		}
	}
	for _, text := range []string{"178956971 years", "2147483648 days", "2562047788:00:54.775808", "999999999999999999 hours", "@ -2562047788 hours -54.775808 secs ago"} {
		if got, err := pgcodec.ParseInterval(text); !errors.Is(err, pgcodec.ErrRange) {
			t.Errorf("ParseInterval(%s) = %+v, %v", text, got, err)
		}
	}
}
