package pgtype_test

import (
	"encoding/binary"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// random makes the numbers of the tests that call seeded; the seeds of fuzzing have others each time.
var random = rand.New(rand.NewPCG(rand.Uint64(), 0))

// seeded begins a test of random values. A failure tells the seed with which it
// can be repeated: PARLEY_SEED=... go test -run ...
func seeded(t *testing.T) {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("PARLEY_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("PARLEY_SEED=%d", seed)
	random = rand.New(rand.NewPCG(seed, 0))
}

// randoms make binary forms of random values, of all sizes. The server checks
// what it receives, so only what it has comes back.
var randoms = map[string]func() []byte{
	"float8": func() []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(randomFloat())) },
	"float4": func() []byte { return binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(randomFloat()))) },
	"numeric": func() []byte {
		n, err := pgtype.NumericFromBig(randomBig(), int32(random.IntN(100)-50))
		return form(n, err, "numeric")
	},
	"date": func() []byte {
		return binary.BigEndian.AppendUint32(nil, uint32(between(pgcodec.MinDate, pgcodec.MaxDate)))
	},
	"timestamp":   randomTimestamp,
	"timestamptz": randomTimestamp,
	"time":        func() []byte { return binary.BigEndian.AppendUint64(nil, uint64(between(0, pgcodec.UsPerDay))) },
	"timetz": func() []byte {
		return form(pgtype.TimeTZ{Time: pgtype.Time(between(0, pgcodec.UsPerDay)), Offset: int32(between(-57599, 57599))}, nil, "timetz")
	},
	"interval": func() []byte {
		v := pgtype.Interval{Months: int32(between(-math.MaxInt32, math.MaxInt32)), Days: int32(between(-math.MaxInt32, math.MaxInt32))}
		v.Microseconds = between(-math.MaxInt64/4, math.MaxInt64/4)
		return form(v, nil, "interval")
	},
	"inet": func() []byte {
		var b [16]byte
		for i := range b {
			b[i] = byte(random.IntN(256)) & -byte(random.IntN(2))
		}
		a := netip.AddrFrom16(b)
		if random.IntN(4) == 0 {
			a = netip.AddrFrom4([4]byte(b[:4]))
		}
		return pgcodec.AppendInetBinary(nil, netip.PrefixFrom(a, random.IntN(a.BitLen()+1)), false)
	},
	"pg_lsn": func() []byte { return binary.BigEndian.AppendUint64(nil, random.Uint64()>>random.IntN(64)) },
	"uuid": func() []byte {
		return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, random.Uint64()), random.Uint64())
	},
	"int8": func() []byte {
		return binary.BigEndian.AppendUint64(nil, uint64(between(math.MinInt64/2, math.MaxInt64/2)))
	},
	"text": func() []byte {
		b := make([]byte, random.IntN(6))
		for i := range b {
			b[i] = awkward[random.IntN(len(awkward))]
		}
		return b
	},
}

// awkward are the characters that some container quotes or escapes.
const awkward = "{}\"\\, ()[]nulNUL'\t\n;:=x"

func randomBig() *big.Int {
	b := make([]byte, random.IntN(40))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	n := new(big.Int).SetBytes(b)
	if random.IntN(2) == 0 {
		n.Neg(n)
	}
	return n
}

func form(m pgtype.Marshaler, err error, name string) []byte {
	if err != nil {
		return nil
	}
	b, err := m.AppendPG([]byte{}, builtinNamed(name), pgtype.Binary)
	if err != nil {
		return nil
	}
	return b
}

func builtinNamed(name string) *pgtype.Type {
	for _, b := range pgtype.Builtins() {
		if b.Name == name {
			return new(pgtype.Catalog).Type(b.OID)
		}
	}
	return nil
}

// between returns numbers of all sizes.
func between(low, high int64) int64 {
	for {
		n := random.Int64() >> random.IntN(63)
		if random.IntN(2) == 0 {
			n = -n
		}
		if n >= low && n <= high {
			return n
		}
	}
}

func randomTimestamp() []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(between(pgcodec.MinTimestamp, pgcodec.MaxTimestamp)))
}

func randomFloat() float64 {
	switch random.IntN(6) {
	case 0:
		return float64(math.Float32frombits(random.Uint32()))
	case 1:
		return float64(random.Int64() >> random.IntN(63))
	case 2:
		return math.Ldexp(float64(random.IntN(1<<20)), random.IntN(100)-50)
	case 3:
		return math.Pow(10, float64(random.IntN(60)-30)) * float64(random.IntN(1000))
	}
	return math.Float64frombits(random.Uint64())
}

const randomCount = 20_000

// The server prints arrays of many random values as AppendText does, and Value
// makes the same of both forms.
func TestRandomAgainstServer(t *testing.T) {
	seeded(t)
	s := connect(t)
	for _, name := range slices.Sorted(maps.Keys(randoms)) {
		values := make([][]byte, randomCount)
		for i := range values {
			values[i] = randoms[name]()
		}
		s.compareArray(t, name, values)
	}
}

// Powers of two are where algorithms for the shortest text differ: their
// neighbours are not equally far, and two of them lie halfway between two
// decimals.
func TestPowersOfTwoAgainstServer(t *testing.T) {
	s := connect(t)
	var singles, doubles [][]byte
	for e := -149; e <= 127; e++ {
		b := math.Float32bits(float32(math.Ldexp(1, e)))
		for _, b := range []uint32{b - 1, b, b + 1, b | 1<<31} {
			singles = append(singles, binary.BigEndian.AppendUint32(nil, b))
		}
	}
	for e := -1074; e <= 1023; e++ {
		b := math.Float64bits(math.Ldexp(1, e))
		for _, b := range []uint64{b - 1, b, b + 1, b | 1<<63} {
			doubles = append(doubles, binary.BigEndian.AppendUint64(nil, b))
		}
	}
	s.compareArray(t, "float4", singles)
	s.compareArray(t, "float8", doubles)
}

// compareArray holds an array of the binary values of one type against what the
// server prints of it.
func (s *session) compareArray(t *testing.T, name string, values [][]byte) {
	t.Helper()
	elem := builtinNamed(name)
	ty := new(pgtype.Catalog).Type(elem.Array)
	sent := pgcodec.AppendArrayHeader(nil, elem.OID, false, pgcodec.Dim{Len: int32(len(values)), Lower: 1})
	for _, v := range values {
		sent = append(binary.BigEndian.AppendUint32(sent, uint32(len(v))), v...)
	}
	row, err := s.fetch("select $1::"+name+"[]", sent, pgtype.Binary, pgtype.Text)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got, err := pgtype.AppendText(nil, ty, pgtype.Binary, sent)
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if string(got) != string(row[0]) {
		firstDifference(t, name, got, row[0])
	}
	a, err1 := pgtype.Value(nil, ty, pgtype.Text, row[0])
	b, err2 := pgtype.Value(nil, ty, pgtype.Binary, sent)
	if err1 != nil || err2 != nil || !same(a, b) {
		t.Errorf("%s: the values of text and binary differ: %v, %v", name, err1, err2)
	}
}

// firstDifference shows the first element that differs.
func firstDifference(t *testing.T, name string, got, want []byte) {
	t.Helper()
	a, err1 := pgcodec.ReadArrayText(got, ',')
	b, err2 := pgcodec.ReadArrayText(want, ',')
	if err1 != nil || err2 != nil || a.Len != b.Len {
		t.Errorf("%s: %v, %v: %d elements instead of %d", name, err1, err2, a.Len, b.Len)
		return
	}
	for range a.Len {
		x, _ := a.Next()
		y, _ := b.Next()
		if string(x) != string(y) {
			t.Errorf("%s: %s is written as %s", name, y, x)
			return
		}
	}
	t.Errorf("%s: only the quoting differs", name)
}

// Texts are read in every style that has no loss, and in every time zone.
func TestStylesAgainstServer(t *testing.T) {
	seeded(t)
	s := connect(t)
	check := func(name string, sent []byte) {
		ty := builtinNamed(name)
		row, err := s.fetch("select $1::"+name, sent, pgtype.Binary, pgtype.Text)
		if err != nil {
			t.Fatal(err)
		}
		a, err1 := pgtype.Value(nil, ty, pgtype.Text, row[0])
		b, err2 := pgtype.Value(nil, ty, pgtype.Binary, sent)
		if err1 != nil || err2 != nil || !same(a, b) {
			t.Errorf("%s: %v, %v from text, %v, %v from binary", row[0], a, err1, b, err2)
		}
	}
	version, _ := strconv.Atoi(string(s.exec("show server_version_num")[0][0]))
	for _, style := range []string{"postgres", "postgres_verbose", "iso_8601", "sql_standard"} {
		s.exec("set intervalstyle = " + style)
		for range 300 {
			v := randoms["interval"]()
			if version >= 150000 { // before, hours were 32 bits
				check("interval", v)
			}
			small := form(pgtype.Interval{Months: int32(random.IntN(30) - 15), Days: int32(random.IntN(5) - 2), Microseconds: int64(random.IntN(9)-4) * 1_800_500_001}, nil, "interval")
			check("interval", small)
			row, err := s.fetch("select $1::interval", []byte(intervalText(t, small)), pgtype.Text, pgtype.Binary)
			if err != nil || string(row[0]) != string(small) {
				t.Errorf("%s: %s is read as %x, %v, want %x", style, intervalText(t, small), row, err, small)
			}
		}
	}
	for _, zone := range []string{"America/New_York", "Europe/Amsterdam", "Asia/Kolkata", "Africa/Monrovia", "Pacific/Apia", "America/St_Johns"} {
		s.exec("set timezone = '" + zone + "'")
		for range 300 {
			check("timestamptz", randomTimestamp())
		}
		first := int64(pgcodec.MinTimestamp)
		check("timestamptz", binary.BigEndian.AppendUint64(nil, uint64(first)))
	}
	s.exec("set bytea_output = escape")
	for range 100 {
		check("bytea", randoms["uuid"]())
	}
}

func intervalText(t *testing.T, src []byte) string {
	t.Helper()
	var v pgtype.Interval
	if err := v.ScanPG(src, builtinNamed("interval"), pgtype.Binary); err != nil {
		t.Fatal(err)
	}
	return v.String()
}

// Other DateStyles than ISO are refused rather than misread.
func TestDateStylesAgainstServer(t *testing.T) {
	s := connect(t)
	for _, style := range []string{"SQL, DMY", "SQL, MDY", "German", "Postgres, DMY", "Postgres, MDY"} {
		s.exec("set datestyle = '" + style + "'")
		for _, name := range []string{"date", "timestamp", "timestamptz"} {
			row, err := s.fetch("select $1::"+name, []byte("2012-11-10 09:08:07"), pgtype.Text, pgtype.Text)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := pgtype.Value(nil, builtinNamed(name), pgtype.Text, row[0]); err == nil {
				t.Errorf("%s is read as %v", row[0], v)
			}
		}
	}
}

// A record without a type tells its fields' types in its binary form.
func TestRecordsAgainstServer(t *testing.T) {
	s := connect(t)
	var c pgtype.Catalog
	s.exec("create type mood as enum ('sad', 'so so')")
	mood := s.load(&c, "mood")
	row, err := s.fetch("select row(1, $1::text, null, row(2.50, array['x y', null]), '(,)'::text, ''::text, 'so so'::mood)", []byte(`a"b`), pgtype.Text, pgtype.Binary)
	if err != nil {
		t.Fatal(err)
	}
	record := c.Type(2249)
	want := `(1,"a""b",,"(2.50,""{""""x y"""",NULL}"")","(,)","","so so")`
	if got, err := c.AppendText(nil, record, pgtype.Binary, row[0]); err != nil || string(got) != want {
		t.Errorf("AppendText = %s, %v, want %s", got, err, want)
	}
	v, err := pgtype.Value(&c, record, pgtype.Binary, row[0])
	n, _ := pgtype.ParseNumeric("2.50")
	if want := (pgtype.Record{{Value: int32(1)}, {Value: `a"b`}, {}, {Value: pgtype.Record{{Value: n}, {Value: []any{"x y", nil}}}}, {Value: "(,)"}, {Value: ""}, {Value: "so so"}}); err != nil || !same(v, want) {
		t.Errorf("Value = %#v, %v, want %#v", v, err, want)
	}
	v, err = pgtype.Value(&c, record, pgtype.Text, []byte(want))
	if r, ok := v.(pgtype.Record); err != nil || !ok || len(r) != 7 || r[0].Value != "1" || r[2].Value != nil {
		t.Errorf("Value of the text = %#v, %v", v, err)
	}
	unknown := &pgtype.UnknownTypeError{OID: mood.OID}
	if _, err := pgtype.AppendText(nil, record, pgtype.Binary, row[0]); err == nil || err.Error() != unknown.Error() {
		t.Errorf("AppendText without the catalog: %v", err)
	}
	if _, err := pgtype.Value(nil, record, pgtype.Binary, row[0]); err == nil || err.Error() != unknown.Error() {
		t.Errorf("Value without the catalog: %v", err)
	}
}
