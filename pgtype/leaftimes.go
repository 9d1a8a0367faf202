package pgtype

import "parley/internal/pgcodec"

// The times that a time.Time can hold are returned as such, in UTC; the
// infinities as they are.

func dateValue(src []byte, f Format) (any, error) {
	var d Date
	if err := d.ScanPG(src, builtinTypes[pgcodec.OIDDate], f); err != nil {
		return nil, err
	}
	if d.Inf() != 0 {
		return d, nil
	}
	return orNil(d.Time())
}

func timestampValue(src []byte, f Format) (any, error) {
	var ts Timestamp
	if err := ts.ScanPG(src, builtinTypes[pgcodec.OIDTimestamp], f); err != nil {
		return nil, err
	}
	if ts.Inf() != 0 {
		return ts, nil
	}
	return orNil(ts.Time())
}

func timestamptzValue(src []byte, f Format) (any, error) {
	var ts Timestamptz
	if err := ts.ScanPG(src, builtinTypes[pgcodec.OIDTimestamptz], f); err != nil {
		return nil, err
	}
	if ts.Inf() != 0 {
		return ts, nil
	}
	return orNil(ts.Time())
}

// The texts are written without a Go value of an interface type in between,
// which would be one allocation each.

func dateText(dst, src []byte) ([]byte, error) {
	days, err := pgcodec.DateFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendDate(dst, days), nil
}

func timestampText(dst, src []byte) ([]byte, error) {
	us, err := pgcodec.TimestampFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendTimestamp(dst, us), nil
}

func timestamptzText(dst, src []byte) ([]byte, error) {
	us, err := pgcodec.TimestampFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendTimestamptz(dst, us), nil
}

func timeText(dst, src []byte) ([]byte, error) {
	us, err := pgcodec.TimeFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendTime(dst, us), nil
}

func timetzText(dst, src []byte) ([]byte, error) {
	us, offset, err := pgcodec.TimeTZFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendTimeTZ(dst, us, offset), nil
}

func intervalText(dst, src []byte) ([]byte, error) {
	v, err := pgcodec.IntervalFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendInterval(dst, v), nil
}
