package pgtype

import (
	"encoding/json"
	"math"
	"net"
	"strconv"

	"parley/internal/pgcodec"
)

// leaf is what is known of a type with no values inside.
type leaf struct {
	// text appends the text of a binary form.
	text func(dst, src []byte) ([]byte, error)
	// value reads either form.
	value func(src []byte, f Format) (any, error)
	// textFirst says that the binary form, though it can be read, lacks
	// something that the text has: names, or the decimals of money.
	textFirst bool
}

// leaves are the built-in types by Like, and ext those of extensions by Ext.
// Types that are in neither are known as text only.
var leaves, ext = makeLeaves()

func makeLeaves() (byLike map[uint32]leaf, byExt map[string]leaf) {
	byLike = map[uint32]leaf{
		pgcodec.OIDBool:     {boolText, boolValue, false},
		pgcodec.OIDBytea:    {byteaText, byteaValue, false},
		pgcodec.OIDChar:     {charText, charValue, false},
		pgcodec.OIDFloat4:   {float4Text, float4Value, false},
		pgcodec.OIDFloat8:   {float8Text, float8Value, false},
		pgcodec.OIDNumeric:  {pgcodecNumericText, valueOf[Numeric](pgcodec.OIDNumeric), false},
		pgcodec.OIDMoney:    {textOf[Money](pgcodec.OIDMoney), moneyValue, true},
		pgcodec.OIDInet:     {inetText(false), inetValue, false},
		pgcodec.OIDCIDR:     {inetText(true), inetValue, false},
		pgcodec.OIDMACAddr:  {macText(6), macValue(6), false},
		pgcodec.OIDMACAddr8: {macText(8), macValue(8), false},
		pgcodec.OIDJSON:     {plainText, jsonValue, false},
		pgcodec.OIDJSONB:    {versionedText, jsonbValue, false},
		pgcodec.OIDJSONPath: {versionedText, versionedValue, false},
	}
	addNumbers(byLike)
	addTypes(byLike)
	for _, oid := range textual {
		byLike[oid] = leaf{plainText, plainValue, false}
	}
	for _, oid := range []uint32{pgcodec.OIDXML, pgcodec.OIDRefCursor, pgcodec.OIDVoid} {
		byLike[oid] = leaf{plainText, plainValue, false}
	}
	byExt = map[string]leaf{
		"citext":    {plainText, plainValue, false},
		"ltree":     {versionedText, versionedValue, false},
		"lquery":    {versionedText, versionedValue, false},
		"ltxtquery": {versionedText, versionedValue, false},
		"hstore":    extension[Hstore]("hstore"),
		"vector":    extension[Vector]("vector"),
		"halfvec":   extension[HalfVector]("halfvec"),
		"sparsevec": extension[SparseVector]("sparsevec"),
	}
	return byLike, byExt
}

// addNumbers adds the types that are an integer in both forms.
func addNumbers(m map[uint32]leaf) {
	m[pgcodec.OIDInt2] = integer(int16From, 16)
	m[pgcodec.OIDInt4] = integer(int32From, 32)
	m[pgcodec.OIDInt8] = integer(int64From, 64)
	for _, oid := range []uint32{pgcodec.OIDOID, pgcodec.OIDXID, pgcodec.OIDCID} {
		m[oid] = unsigned(int32From, func(n int32) uint32 { return uint32(n) }, 32)
	}
	m[pgcodec.OIDXID8] = unsigned(int64From, func(n int64) uint64 { return uint64(n) }, 64)
	for _, oid := range registered {
		m[oid] = leaf{m[pgcodec.OIDOID].text, regValue, true}
	}
}

// registered are the types of objects' names: their binary form is an OID, and
// only the server knows the name.
var registered = []uint32{
	pgcodec.OIDRegProc, 2202, 2203, 2204, 2205, 2206, 3734, 3769, 4089, 4096, 4191,
}

// addTypes adds what is a Go type of this package.
func addTypes(m map[uint32]leaf) {
	m[pgcodec.OIDDate] = leaf{dateText, dateValue, false}
	m[pgcodec.OIDTimestamp] = leaf{timestampText, timestampValue, false}
	m[pgcodec.OIDTimestamptz] = leaf{timestamptzText, timestamptzValue, false}
	m[pgcodec.OIDTime] = leaf{timeText, valueOf[Time](pgcodec.OIDTime), false}
	m[pgcodec.OIDTimeTZ] = leaf{timetzText, valueOf[TimeTZ](pgcodec.OIDTimeTZ), false}
	m[pgcodec.OIDInterval] = leaf{intervalText, valueOf[Interval](pgcodec.OIDInterval), false}
	m[pgcodec.OIDUUID] = leaf{uuidText, valueOf[UUID](pgcodec.OIDUUID), false}
	m[pgcodec.OIDLSN] = leaf{lsnText, valueOf[LSN](pgcodec.OIDLSN), false}
	m[pgcodec.OIDTID] = leaf{tidText, valueOf[TID](pgcodec.OIDTID), false}
	m[pgcodec.OIDSnapshot] = typed[Snapshot](pgcodec.OIDSnapshot)
	m[pgcodec.OIDTxidSnapshot] = typed[Snapshot](pgcodec.OIDTxidSnapshot)
	m[pgcodec.OIDBit] = typed[Bits](pgcodec.OIDBit)
	m[pgcodec.OIDVarbit] = typed[Bits](pgcodec.OIDVarbit)
	m[pgcodec.OIDPoint] = leaf{pointText, valueOf[Point](pgcodec.OIDPoint), false}
	m[pgcodec.OIDLine] = leaf{lineText, valueOf[Line](pgcodec.OIDLine), false}
	m[pgcodec.OIDLseg] = leaf{lsegText, valueOf[Lseg](pgcodec.OIDLseg), false}
	m[pgcodec.OIDBox] = leaf{boxText, valueOf[Box](pgcodec.OIDBox), false}
	m[pgcodec.OIDPath] = typed[Path](pgcodec.OIDPath)
	m[pgcodec.OIDPolygon] = typed[Polygon](pgcodec.OIDPolygon)
	m[pgcodec.OIDCircle] = leaf{circleText, valueOf[Circle](pgcodec.OIDCircle), false}
	m[pgcodec.OIDTSVector] = typed[TSVector](pgcodec.OIDTSVector)
	m[pgcodec.OIDTSQuery] = typed[TSQuery](pgcodec.OIDTSQuery)
}

// codec is a pointer to a Go type of this package.
type codec[T Marshaler] interface {
	*T
	Unmarshaler
}

func typed[T Marshaler, P codec[T]](oid uint32) leaf {
	return leaf{textOf[T, P](oid), valueOf[T, P](oid), false}
}

func extension[T Marshaler, P codec[T]](name string) leaf {
	t := &Type{Kind: KindBase, Ext: name}
	return leaf{textAs[T, P](t), valueAs[T, P](t), false}
}

func textOf[T Marshaler, P codec[T]](oid uint32) func(dst, src []byte) ([]byte, error) {
	return textAs[T, P](&Type{Kind: KindBase, Like: oid})
}

func valueOf[T Marshaler, P codec[T]](oid uint32) func(src []byte, f Format) (any, error) {
	return valueAs[T, P](&Type{Kind: KindBase, Like: oid})
}

func textAs[T Marshaler, P codec[T]](t *Type) func(dst, src []byte) ([]byte, error) {
	return func(dst, src []byte) ([]byte, error) {
		var v T
		if err := P(&v).ScanPG(src, t, Binary); err != nil {
			return dst, err
		}
		if s, ok := any(v).(Money); ok {
			return s.append(dst), nil
		}
		return v.AppendPG(dst, t, Text)
	}
}

func valueAs[T Marshaler, P codec[T]](t *Type) func(src []byte, f Format) (any, error) {
	return func(src []byte, f Format) (any, error) {
		var v T
		if err := P(&v).ScanPG(src, t, f); err != nil {
			return nil, err
		}
		return v, nil
	}
}

func integer[T int16 | int32 | int64](from func([]byte, string) (T, error), bits int) leaf {
	name := "integer of " + strconv.Itoa(bits) + " bits"
	text := func(dst, src []byte) ([]byte, error) {
		n, err := from(src, name)
		if err != nil {
			return dst, err
		}
		return strconv.AppendInt(dst, int64(n), 10), nil
	}
	value := func(src []byte, f Format) (any, error) {
		if f == Binary {
			return orNil(from(src, name))
		}
		n, err := strconv.ParseInt(string(src), 10, bits)
		if err != nil {
			return nil, badText(name)
		}
		return T(n), nil
	}
	return leaf{text, value, false}
}

func unsigned[S int32 | int64, T uint32 | uint64](from func([]byte, string) (S, error), convert func(S) T, bits int) leaf {
	name := "unsigned integer of " + strconv.Itoa(bits) + " bits"
	text := func(dst, src []byte) ([]byte, error) {
		n, err := from(src, name)
		if err != nil {
			return dst, err
		}
		return strconv.AppendUint(dst, uint64(convert(n)), 10), nil
	}
	value := func(src []byte, f Format) (any, error) {
		if f == Binary {
			n, err := from(src, name)
			return orNil(convert(n), err)
		}
		n, err := strconv.ParseUint(string(src), 10, bits)
		if err != nil {
			return nil, badText(name)
		}
		return T(n), nil
	}
	return leaf{text, value, false}
}

// orNil returns no value beside an error.
func orNil[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func boolText(dst, src []byte) ([]byte, error) {
	b, err := pgcodec.BoolFromBinary(src)
	switch {
	case err != nil:
		return dst, err
	case b:
		return append(dst, 't'), nil
	}
	return append(dst, 'f'), nil
}

func boolValue(src []byte, f Format) (any, error) {
	if f == Binary {
		return orNil(pgcodec.BoolFromBinary(src))
	}
	return orNil(pgcodec.ParseBool(src))
}

func byteaText(dst, src []byte) ([]byte, error) { return pgcodec.AppendBytea(dst, src), nil }

func byteaValue(src []byte, f Format) (any, error) {
	if f == Binary {
		return append([]byte{}, src...), nil
	}
	return orNil(pgcodec.ParseBytea([]byte{}, src))
}

// charText writes what is no ASCII in octal, as servers do from 16 on, and
// nothing for a zero byte.
func charText(dst, src []byte) ([]byte, error) {
	if len(src) != 1 {
		return dst, badSize(`"char"`, src, 1)
	}
	switch c := src[0]; {
	case c == 0:
		return dst, nil
	case c < 0x80:
		return append(dst, c), nil
	default:
		return append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7), nil
	}
}

func charValue(src []byte, f Format) (any, error) {
	if f == Text && (len(src) != 1 || src[0] < 0x80) {
		return string(src), nil
	}
	text, err := charText(nil, src)
	return orNil(string(text), err)
}

func float4Text(dst, src []byte) ([]byte, error) {
	n, err := int32From(src, "float4")
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendFloat32(dst, math.Float32frombits(uint32(n))), nil
}

func float8Text(dst, src []byte) ([]byte, error) {
	n, err := int64From(src, "float8")
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendFloat64(dst, math.Float64frombits(uint64(n))), nil
}

func float4Value(src []byte, f Format) (any, error) {
	if f == Binary {
		n, err := int32From(src, "float4")
		return orNil(math.Float32frombits(uint32(n)), err)
	}
	v, err := strconv.ParseFloat(string(src), 32)
	if err != nil {
		return nil, badText("float4")
	}
	return float32(v), nil
}

func float8Value(src []byte, f Format) (any, error) {
	if f == Binary {
		n, err := int64From(src, "float8")
		return orNil(math.Float64frombits(uint64(n)), err)
	}
	v, err := strconv.ParseFloat(string(src), 64)
	if err != nil {
		return nil, badText("float8")
	}
	return v, nil
}

func pgcodecNumericText(dst, src []byte) ([]byte, error) {
	if len(src) == 0 {
		return dst, badForm("numeric")
	}
	return pgcodec.AppendNumeric(dst, src)
}

// moneyValue returns the text where its decimals are not certain.
func moneyValue(src []byte, f Format) (any, error) {
	if f == Binary {
		n, err := int64From(src, "money")
		return orNil(Money(n), err)
	}
	if n, ok := parseMoney(string(src)); ok {
		return Money(n), nil
	}
	return string(src), nil
}

func regValue(src []byte, f Format) (any, error) {
	if f == Text {
		return string(src), nil
	}
	n, err := int32From(src, "OID")
	return orNil(strconv.FormatUint(uint64(uint32(n)), 10), err)
}

func inetText(cidr bool) func(dst, src []byte) ([]byte, error) {
	return func(dst, src []byte) ([]byte, error) {
		p, err := pgcodec.InetFromBinary(src)
		if err != nil {
			return dst, err
		}
		return pgcodec.AppendInet(dst, p, cidr), nil
	}
}

func inetValue(src []byte, f Format) (any, error) {
	if f == Binary {
		return orNil(pgcodec.InetFromBinary(src))
	}
	return orNil(pgcodec.ParseInet(src))
}

func macText(size int) func(dst, src []byte) ([]byte, error) {
	return func(dst, src []byte) ([]byte, error) {
		if len(src) != size {
			return dst, badSize("macaddr", src, size)
		}
		return pgcodec.AppendMAC(dst, src), nil
	}
}

func macValue(size int) func(src []byte, f Format) (any, error) {
	return func(src []byte, f Format) (any, error) {
		mac := append(make([]byte, 0, 8), src...)
		if f == Text {
			var err error
			if mac, err = pgcodec.ParseMAC(mac[:0], src); err != nil {
				return nil, err
			}
		}
		if len(mac) != size {
			return nil, badSize("macaddr", mac, size)
		}
		return net.HardwareAddr(mac), nil
	}
}

func plainText(dst, src []byte) ([]byte, error) { return append(dst, src...), nil }

func plainValue(src []byte, _ Format) (any, error) { return string(src), nil }

func jsonValue(src []byte, _ Format) (any, error) {
	return json.RawMessage(append([]byte{}, src...)), nil
}

func jsonbValue(src []byte, f Format) (any, error) {
	if f == Binary {
		body, err := versioned(src)
		if err != nil {
			return nil, err
		}
		src = body
	}
	return jsonValue(src, f)
}

// versioned drops the version byte, 1, of jsonb, jsonpath and the ltree family.
func versioned(src []byte) ([]byte, error) {
	if len(src) == 0 || src[0] != 1 {
		return nil, badForm("value: its version is not 1")
	}
	return src[1:], nil
}

func versionedText(dst, src []byte) ([]byte, error) {
	body, err := versioned(src)
	return append(dst, body...), err
}

func versionedValue(src []byte, f Format) (any, error) {
	if f == Binary {
		body, err := versioned(src)
		return orNil(string(body), err)
	}
	return string(src), nil
}
