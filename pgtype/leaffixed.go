package pgtype

import "parley/internal/pgcodec"

func uuidText(dst, src []byte) ([]byte, error) {
	u, err := pgcodec.UUIDFromBinary(src)
	if err != nil {
		return dst, err
	}
	return pgcodec.AppendUUID(dst, u), nil
}

func lsnText(dst, src []byte) ([]byte, error) {
	var l LSN
	if err := l.ScanPG(src, builtinTypes[pgcodec.OIDLSN], Binary); err != nil {
		return dst, err
	}
	return l.append(dst), nil
}

func tidText(dst, src []byte) ([]byte, error) {
	var v TID
	if err := v.ScanPG(src, builtinTypes[pgcodec.OIDTID], Binary); err != nil {
		return dst, err
	}
	return v.append(dst), nil
}

func pointText(dst, src []byte) ([]byte, error) {
	var p Point
	if err := p.ScanPG(src, builtinTypes[pgcodec.OIDPoint], Binary); err != nil {
		return dst, err
	}
	return p.append(dst), nil
}

func lineText(dst, src []byte) ([]byte, error) {
	var l Line
	if err := l.ScanPG(src, builtinTypes[pgcodec.OIDLine], Binary); err != nil {
		return dst, err
	}
	return l.append(dst), nil
}

func lsegText(dst, src []byte) ([]byte, error) {
	var s Lseg
	if err := s.ScanPG(src, builtinTypes[pgcodec.OIDLseg], Binary); err != nil {
		return dst, err
	}
	return s.append(dst), nil
}

func boxText(dst, src []byte) ([]byte, error) {
	var b Box
	if err := b.ScanPG(src, builtinTypes[pgcodec.OIDBox], Binary); err != nil {
		return dst, err
	}
	return b.append(dst), nil
}

func circleText(dst, src []byte) ([]byte, error) {
	var c Circle
	if err := c.ScanPG(src, builtinTypes[pgcodec.OIDCircle], Binary); err != nil {
		return dst, err
	}
	return c.append(dst), nil
}
