package scan

import (
	"math/big"
	"net"
	"net/netip"
	"reflect"
	"time"

	"parley/internal/pgcodec"
	"parley/pgtype"
)

var (
	typeDuration     = reflect.TypeFor[time.Duration]()
	typeAddr         = reflect.TypeFor[netip.Addr]()
	typePrefix       = reflect.TypeFor[netip.Prefix]()
	typeIP           = reflect.TypeFor[net.IP]()
	typeIPNet        = reflect.TypeFor[net.IPNet]()
	typeHardwareAddr = reflect.TypeFor[net.HardwareAddr]()
	typeBigInt       = reflect.TypeFor[big.Int]()
)

// isKnown reports whether a struct without telling methods is one value.
func isKnown(typ reflect.Type) bool { return typ == typeIPNet }

// readKnown reads into types of the standard library that stand for types of
// PostgreSQL.
func readKnown(k *compiler, t *pgtype.Type, typ reflect.Type) (Reader, error) {
	oid := like(t)
	switch typ {
	case typeTime:
		return k.timeReader(oid), nil
	case typeDuration:
		return Reader{fn: k.durationReader(oid)}, nil
	case typeAddr, typePrefix, typeIP, typeIPNet:
		if oid == oidInet || oid == oidCIDR {
			return Reader{fn: k.inetReader(typ), null: nullOf(typ.Kind())}, nil
		}
	case typeHardwareAddr:
		if oid == oidMacaddr || oid == oidMacaddr8 {
			return Reader{fn: k.macReader(oid), null: nilSlice}, nil
		}
	case typeBigInt:
		if size, signed, ok := isInt(oid); ok {
			return Reader{fn: bigReader(intSource(size, signed, k.format))}, nil
		}
		if oid == oidNumeric {
			return Reader{fn: k.bigNumeric()}, nil
		}
	}
	return Reader{}, nil
}

// of returns one decoder for text and one for binary as the one for a format.
func of[T any](f pgtype.Format, text, binary func(b []byte) (T, error)) func(b []byte) (T, error) {
	if f == pgtype.Binary {
		return binary
	}
	return text
}

// timeReader reads dates and times into a time.Time.
func (k *compiler) timeReader(oid uint32) Reader {
	switch oid {
	case oidTimestamptz:
		if k.format == pgtype.Binary {
			return Reader{op: opTimestamptz}
		}
		return Reader{fn: instants(pgcodec.ParseTimestamptz[[]byte], "pgtype.Timestamptz")}
	case oidTimestamp:
		return Reader{fn: instants(of(k.format, pgcodec.ParseTimestamp[[]byte], pgcodec.TimestampFromBinary), "pgtype.Timestamp")}
	case oidDate:
		days := of(k.format, pgcodec.ParseDate[[]byte], pgcodec.DateFromBinary)
		return Reader{fn: func(_ *Memory, b []byte, p Pointer) error {
			n, err := days(b)
			if err != nil {
				return err
			}
			if n == pgcodec.DateInfinity || n == pgcodec.DateNegInfinity {
				return errInfinity("pgtype.Date")
			}
			*At[time.Time](p) = time.Unix(epoch+int64(n)*86400, 0).UTC()
			return nil
		}}
	}
	return Reader{}
}

// instants reads microseconds since 2000.
func instants(micros func([]byte) (int64, error), infinite string) readFunc {
	return func(_ *Memory, b []byte, p Pointer) error {
		n, err := micros(b)
		if err != nil {
			return err
		}
		return readInstant(n, p, infinite)
	}
}

// durationReader reads times of day, and intervals without months and days.
func (k *compiler) durationReader(oid uint32) readFunc {
	var micros func([]byte) (int64, error)
	switch oid {
	case oidTime:
		micros = of(k.format, pgcodec.ParseTime[[]byte], pgcodec.TimeFromBinary)
	case oidInterval:
		micros = of(k.format, intervalText, intervalBinary)
	default:
		return nil
	}
	return func(_ *Memory, b []byte, p Pointer) error {
		n, err := micros(b)
		if err != nil {
			return err
		}
		d := time.Duration(n) * time.Microsecond
		if d/time.Microsecond != time.Duration(n) {
			return errRange
		}
		*At[time.Duration](p) = d
		return nil
	}
}

// inetReader reads networks and the addresses in them.
func (k *compiler) inetReader(typ reflect.Type) readFunc {
	prefix := of(k.format, pgcodec.ParseInet[[]byte], pgcodec.InetFromBinary)
	var store func(Pointer, netip.Prefix) error
	switch typ {
	case typePrefix:
		store = func(p Pointer, v netip.Prefix) error { *At[netip.Prefix](p) = v; return nil }
	case typeIPNet:
		store = func(p Pointer, v netip.Prefix) error {
			bits := v.Addr().BitLen()
			*At[net.IPNet](p) = net.IPNet{IP: v.Addr().AsSlice(), Mask: net.CIDRMask(v.Bits(), bits)}
			return nil
		}
	default:
		store = func(p Pointer, v netip.Prefix) error {
			a, err := pgcodec.PrefixAddr(v)
			if typ == typeIP {
				*At[net.IP](p) = a.AsSlice()
			} else {
				*At[netip.Addr](p) = a
			}
			return err
		}
	}
	return func(_ *Memory, b []byte, p Pointer) error {
		v, err := prefix(b)
		if err != nil {
			return err
		}
		return store(p, v)
	}
}

// macReader reads hardware addresses.
func (k *compiler) macReader(oid uint32) readFunc {
	size := 6
	if oid == oidMacaddr8 {
		size = 8
	}
	if k.format == pgtype.Binary {
		return func(m *Memory, b []byte, p Pointer) error {
			if len(b) != size {
				return errMalformed
			}
			*At[[]byte](p) = m.Bytes(b)
			return nil
		}
	}
	return func(_ *Memory, b []byte, p Pointer) (err error) {
		*At[[]byte](p), err = pgcodec.ParseMAC(nil, b)
		return err
	}
}
