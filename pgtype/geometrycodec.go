package pgtype

import "parley/internal/pgcodec"

// AppendText appends String.
func (p Point) AppendText(dst []byte) ([]byte, error) { return p.append(dst), nil }

// MarshalText returns String.
func (p Point) MarshalText() ([]byte, error) { return p.append(nil), nil }

// UnmarshalText reads what String writes.
func (p *Point) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.point()
	err := d.end("point")
	if err == nil {
		*p = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (p Point) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDPoint); err != nil {
		return dst, err
	} else if f == Text {
		return p.append(dst), nil
	}
	return appendFloats(dst, p.X, p.Y), nil
}

// ScanPG implements [Unmarshaler].
func (p *Point) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDPoint); err != nil {
		return err
	} else if f == Text {
		return p.UnmarshalText(src)
	}
	r := reader{src: src}
	got := r.point()
	err := r.end("point")
	if err == nil {
		*p = got
	}
	return err
}

// AppendText appends String.
func (l Line) AppendText(dst []byte) ([]byte, error) { return l.append(dst), nil }

// MarshalText returns String.
func (l Line) MarshalText() ([]byte, error) { return l.append(nil), nil }

// UnmarshalText reads what String writes.
func (l *Line) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.line()
	err := d.end("line")
	if err == nil {
		*l = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (l Line) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDLine); err != nil {
		return dst, err
	} else if f == Text {
		return l.append(dst), nil
	}
	return appendFloats(dst, l.A, l.B, l.C), nil
}

// ScanPG implements [Unmarshaler].
func (l *Line) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDLine); err != nil {
		return err
	} else if f == Text {
		return l.UnmarshalText(src)
	}
	r := reader{src: src}
	got := Line{r.float(), r.float(), r.float()}
	err := r.end("line")
	if err == nil {
		*l = got
	}
	return err
}

// AppendText appends String.
func (s Lseg) AppendText(dst []byte) ([]byte, error) { return s.append(dst), nil }

// MarshalText returns String.
func (s Lseg) MarshalText() ([]byte, error) { return s.append(nil), nil }

// UnmarshalText reads what String writes.
func (s *Lseg) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.lseg()
	err := d.end("lseg")
	if err == nil {
		*s = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (s Lseg) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDLseg); err != nil {
		return dst, err
	} else if f == Text {
		return s.append(dst), nil
	}
	return appendFloats(dst, s.A.X, s.A.Y, s.B.X, s.B.Y), nil
}

// ScanPG implements [Unmarshaler].
func (s *Lseg) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDLseg); err != nil {
		return err
	} else if f == Text {
		return s.UnmarshalText(src)
	}
	r := reader{src: src}
	got := Lseg{r.point(), r.point()}
	err := r.end("lseg")
	if err == nil {
		*s = got
	}
	return err
}

// AppendText appends String.
func (b Box) AppendText(dst []byte) ([]byte, error) { return b.append(dst), nil }

// MarshalText returns String.
func (b Box) MarshalText() ([]byte, error) { return b.append(nil), nil }

// UnmarshalText reads what String writes.
func (b *Box) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.box()
	err := d.end("box")
	if err == nil {
		*b = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (b Box) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDBox); err != nil {
		return dst, err
	} else if f == Text {
		return b.append(dst), nil
	}
	return appendFloats(dst, b.High.X, b.High.Y, b.Low.X, b.Low.Y), nil
}

// ScanPG implements [Unmarshaler].
func (b *Box) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDBox); err != nil {
		return err
	} else if f == Text {
		return b.UnmarshalText(src)
	}
	r := reader{src: src}
	got := Box{r.point(), r.point()}
	err := r.end("box")
	if err == nil {
		*b = got
	}
	return err
}

// AppendText appends String.
func (p Path) AppendText(dst []byte) ([]byte, error) { return p.append(dst), nil }

// MarshalText returns String.
func (p Path) MarshalText() ([]byte, error) { return p.append(nil), nil }

// UnmarshalText reads what String writes.
func (p *Path) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.path()
	err := d.end("path")
	if err == nil {
		*p = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (p Path) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDPath); err != nil {
		return dst, err
	} else if f == Text {
		return p.append(dst), nil
	}
	return p.appendBinary(dst), nil
}

// ScanPG implements [Unmarshaler].
func (p *Path) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDPath); err != nil {
		return err
	} else if f == Text {
		return p.UnmarshalText(src)
	}
	r := reader{src: src}
	got := r.path()
	err := r.end("path")
	if err == nil {
		*p = got
	}
	return err
}

// AppendText appends String.
func (p Polygon) AppendText(dst []byte) ([]byte, error) { return p.append(dst), nil }

// MarshalText returns String.
func (p Polygon) MarshalText() ([]byte, error) { return p.append(nil), nil }

// UnmarshalText reads what String writes.
func (p *Polygon) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.polygon()
	err := d.end("polygon")
	if err == nil {
		*p = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (p Polygon) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDPolygon); err != nil {
		return dst, err
	} else if f == Text {
		return p.append(dst), nil
	}
	return appendPointList(dst, p), nil
}

// ScanPG implements [Unmarshaler].
func (p *Polygon) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDPolygon); err != nil {
		return err
	} else if f == Text {
		return p.UnmarshalText(src)
	}
	r := reader{src: src}
	got := Polygon(r.points())
	err := r.end("polygon")
	if err == nil {
		*p = got
	}
	return err
}

// AppendText appends String.
func (c Circle) AppendText(dst []byte) ([]byte, error) { return c.append(dst), nil }

// MarshalText returns String.
func (c Circle) MarshalText() ([]byte, error) { return c.append(nil), nil }

// UnmarshalText reads what String writes.
func (c *Circle) UnmarshalText(text []byte) error {
	d := drawing{src: text}
	got := d.circle()
	err := d.end("circle")
	if err == nil {
		*c = got
	}
	return err
}

// AppendPG implements [Marshaler].
func (c Circle) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDCircle); err != nil {
		return dst, err
	} else if f == Text {
		return c.append(dst), nil
	}
	return appendFloats(dst, c.Center.X, c.Center.Y, c.Radius), nil
}

// ScanPG implements [Unmarshaler].
func (c *Circle) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDCircle); err != nil {
		return err
	} else if f == Text {
		return c.UnmarshalText(src)
	}
	r := reader{src: src}
	got := Circle{r.point(), r.float()}
	err := r.end("circle")
	if err == nil {
		*c = got
	}
	return err
}
