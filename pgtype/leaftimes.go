package pgtype

// The times that a time.Time can hold are returned as such, in UTC; the
// infinities as they are.

func dateValue(src []byte, f Format) (any, error) {
	var d Date
	if err := d.ScanPG(src, builtinTypes[1082], f); err != nil {
		return nil, err
	}
	if d.Inf() != 0 {
		return d, nil
	}
	return orNil(d.Time())
}

func timestampValue(src []byte, f Format) (any, error) {
	var ts Timestamp
	if err := ts.ScanPG(src, builtinTypes[1114], f); err != nil {
		return nil, err
	}
	if ts.Inf() != 0 {
		return ts, nil
	}
	return orNil(ts.Time())
}

func timestamptzValue(src []byte, f Format) (any, error) {
	var ts Timestamptz
	if err := ts.ScanPG(src, builtinTypes[1184], f); err != nil {
		return nil, err
	}
	if ts.Inf() != 0 {
		return ts, nil
	}
	return orNil(ts.Time())
}
