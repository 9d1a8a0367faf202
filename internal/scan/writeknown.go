package scan

import (
	"encoding/binary"
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"time"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

// writeKnown writes types of the standard library that stand for types of
// PostgreSQL.
func writeKnown(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if isJSON(like(t)) && typ != typeTime {
		return Writer{}, nil
	}
	var fn writeFunc
	switch typ {
	case typeTime: // its text, also as JSON, where the server refuses it: now and when the type was not known
		fn = k.timeWriter(like(t))
	case typeDuration:
		if fn = k.durationWriter(t); fn == nil {
			switch like(t) {
			case oidTimestamptz, oidTimestamp, oidDate: // as $1 is in now() - $1
				return Writer{}, k.noForm(t, typ)
			}
			return Writer{}, nil // an integer like others
		}
	case typeAddr, typePrefix, typeIP, typeIPNet:
		fn = k.inetWriter(like(t), typ)
	case typeHardwareAddr:
		fn = k.macWriter(like(t))
	case typeBigInt:
		fn = k.bigWriter(like(t))
	default:
		return Writer{}, nil
	}
	if fn == nil && k.format == pgtype.Binary {
		return Writer{}, k.noForm(t, typ)
	}
	return Writer{fn: fn, null: nullIf(typ.Kind())}, nil
}

// timeWriter writes an instant as a timestamptz, what the clock shows as a
// timestamp, and what the calendar shows as a date.
func (k *writeCompiler) timeWriter(oid uint32) writeFunc {
	if k.format == pgtype.Text {
		return func(dst []byte, p Pointer) ([]byte, error) { return appendTimeText(dst, *At[time.Time](p)) }
	}
	switch oid {
	case oidTimestamptz, oidTimestamp, oidDate:
		return func(dst []byte, p Pointer) ([]byte, error) { return appendTimeAs(dst, oid, *At[time.Time](p)) }
	}
	return nil
}

// appendTimeAs appends a time as a timestamptz, a timestamp or a date.
func appendTimeAs(dst []byte, oid uint32, v time.Time) ([]byte, error) {
	var us int64
	var err error
	switch oid {
	case oidDate:
		days, err := pgcodec.TimeDate(v)
		return binary.BigEndian.AppendUint32(dst, uint32(days)), err
	case oidTimestamp:
		us, err = pgcodec.TimeTimestamp(v)
	default:
		us, err = pgcodec.TimeTimestamptz(v)
	}
	return binary.BigEndian.AppendUint64(dst, uint64(us)), err
}

// appendTimeText appends a time so that all of timestamptz, timestamp and date
// understand it as appendTimeAs does: what the clock shows, and its zone.
func appendTimeText(dst []byte, v time.Time) ([]byte, error) {
	if _, err := pgcodec.TimeTimestamptz(v); err != nil {
		return dst, err
	}
	bc := v.Year() <= 0
	if bc { // year 0 is 1 BC
		_, offset := v.Zone()
		v = time.Date(1-v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.FixedZone("", offset))
	}
	dst = v.AppendFormat(dst, "2006-01-02 15:04:05.999999Z07:00:00")
	if bc {
		dst = append(dst, " BC"...)
	}
	return dst, nil
}

// durationWriter writes a duration as an interval, or as a time of day.
func (k *writeCompiler) durationWriter(t *pgtype.Type) writeFunc {
	oid := like(t)
	if k.format == pgtype.Text {
		if t == nil || oid != oidInterval && oid != oidTime {
			return nil
		}
		return func(dst []byte, p Pointer) ([]byte, error) {
			us, err := micros(*At[time.Duration](p), oid)
			if oid == oidTime {
				return pgcodec.AppendTime(dst, us), err
			}
			return pgcodec.AppendInterval(dst, pgcodec.Interval{Us: us}), err
		}
	}
	switch oid {
	case oidInterval:
		return func(dst []byte, p Pointer) ([]byte, error) {
			us, err := micros(*At[time.Duration](p), oid)
			return pgcodec.AppendIntervalBinary(dst, pgcodec.Interval{Us: us}), err
		}
	case oidTime:
		return func(dst []byte, p Pointer) ([]byte, error) {
			us, err := micros(*At[time.Duration](p), oid)
			return binary.BigEndian.AppendUint64(dst, uint64(us)), err
		}
	}
	return nil
}

// micros returns a duration in microseconds, and an error when it has more to
// it, or is no time of day where that is wanted.
func micros(d time.Duration, oid uint32) (int64, error) {
	us := int64(d / time.Microsecond)
	switch {
	case d%time.Microsecond != 0:
		return us, errInexact
	case oid == oidTime && (us < 0 || us > pgcodec.UsPerDay):
		return 0, errRange
	}
	return us, nil
}

// intervalText and intervalBinary read intervals that are durations.
func intervalText(b []byte) (int64, error) {
	v, err := pgcodec.ParseInterval(b)
	return intervalMicros(v, err)
}

func intervalBinary(b []byte) (int64, error) {
	v, err := pgcodec.IntervalFromBinary(b)
	return intervalMicros(v, err)
}

func intervalMicros(v pgcodec.Interval, err error) (int64, error) {
	switch {
	case err != nil:
		return 0, err
	case v == pgcodec.IntervalInfinity || v == pgcodec.IntervalNegInfinity:
		return 0, errInfinity("pgtype.Interval")
	case v.Months != 0 || v.Days != 0:
		return 0, &problem{"the interval has months or days, whose length a duration cannot tell; use pgtype.Interval", nil}
	}
	return v.Us, nil
}

// inetWriter writes addresses and networks.
func (k *writeCompiler) inetWriter(oid uint32, typ reflect.Type) writeFunc {
	load := loadPrefix(typ)
	cidr := oid == oidCIDR
	if k.format == pgtype.Text {
		return func(dst []byte, p Pointer) ([]byte, error) {
			v, err := load(p)
			if err != nil {
				return dst, err
			}
			return pgcodec.AppendInet(dst, v, cidr), nil
		}
	}
	if oid != oidInet && !cidr {
		return nil
	}
	return func(dst []byte, p Pointer) ([]byte, error) {
		v, err := load(p)
		if err != nil {
			return dst, err
		}
		if cidr && v != v.Masked() {
			return dst, &problem{"the network has bits set to the right of its mask", nil}
		}
		return pgcodec.AppendInetBinary(dst, v, cidr), nil
	}
}

// loadPrefix returns how a network is loaded from a type.
func loadPrefix(typ reflect.Type) func(Pointer) (netip.Prefix, error) {
	valid := func(v netip.Prefix) (netip.Prefix, error) {
		if !v.IsValid() {
			return v, &problem{"it is no valid address", nil}
		}
		return v, nil
	}
	whole := func(a netip.Addr) (netip.Prefix, error) {
		if a.Zone() != "" {
			return netip.Prefix{}, &problem{"the address has a zone, which inet cannot hold", nil}
		}
		return valid(netip.PrefixFrom(a, a.BitLen()))
	}
	switch typ {
	case typePrefix:
		return func(p Pointer) (netip.Prefix, error) { return valid(*At[netip.Prefix](p)) }
	case typeIP:
		return func(p Pointer) (netip.Prefix, error) {
			a, _ := netip.AddrFromSlice(*At[net.IP](p))
			return whole(a.Unmap())
		}
	case typeIPNet:
		return func(p Pointer) (netip.Prefix, error) {
			n := At[net.IPNet](p)
			a, _ := netip.AddrFromSlice(n.IP)
			ones, bits := n.Mask.Size()
			if a = a.Unmap(); bits != a.BitLen() {
				return valid(netip.Prefix{})
			}
			return valid(netip.PrefixFrom(a, ones))
		}
	}
	return func(p Pointer) (netip.Prefix, error) { return whole(*At[netip.Addr](p)) }
}

// macWriter writes hardware addresses.
func (k *writeCompiler) macWriter(oid uint32) writeFunc {
	if k.format == pgtype.Text {
		return func(dst []byte, p Pointer) ([]byte, error) { return pgcodec.AppendMAC(dst, *At[[]byte](p)), nil }
	}
	size := map[uint32]int{oidMacaddr: 6, oidMacaddr8: 8}[oid]
	if size == 0 {
		return nil
	}
	return func(dst []byte, p Pointer) ([]byte, error) {
		b := *At[[]byte](p)
		if len(b) != size {
			return dst, &problem{"it has not as many bytes as the type", nil}
		}
		return append(dst, b...), nil
	}
}

// bigWriter writes big integers.
func (k *writeCompiler) bigWriter(oid uint32) writeFunc {
	switch {
	case k.format == pgtype.Text:
		return func(dst []byte, p Pointer) ([]byte, error) { return At[big.Int](p).Append(dst, 10), nil }
	case oid == oidNumeric:
		return func(dst []byte, p Pointer) ([]byte, error) { return pgcodec.AppendNumericBig(dst, At[big.Int](p), 0) }
	case takesInt(oid):
		return func(dst []byte, p Pointer) ([]byte, error) {
			switch n := At[big.Int](p); {
			case n.IsInt64():
				return appendIntAs(dst, oid, n.Int64(), false)
			case n.IsUint64():
				return appendIntAs(dst, oid, int64(n.Uint64()), true)
			}
			return dst, errRange
		}
	}
	return nil
}

// writeBytes16 writes an array of 16 bytes as a uuid.
func writeBytes16(k *writeCompiler, t *pgtype.Type, typ reflect.Type) (Writer, error) {
	if t == nil || like(t) != oidUUID || !isUUID(typ) {
		return Writer{}, nil
	}
	if k.format == pgtype.Text {
		return Writer{fn: func(dst []byte, p Pointer) ([]byte, error) { return pgcodec.AppendUUID(dst, *At[[16]byte](p)), nil }}, nil
	}
	return Writer{fn: func(dst []byte, p Pointer) ([]byte, error) {
		u := At[[16]byte](p)
		return append(dst, u[:]...), nil
	}}, nil
}
