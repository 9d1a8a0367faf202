package pgtype

import (
	"encoding/binary"
	"math"
	"strconv"

	"parley/internal/pgcodec"
)

// Point is a point of a plane.
type Point struct{ X, Y float64 }

// Line is the line Ax + By + C = 0.
type Line struct{ A, B, C float64 }

// Lseg is the piece of a line between two points.
type Lseg struct{ A, B Point }

// Box is a rectangle: its upper right and its lower left corner.
type Box struct{ High, Low Point }

// Path is a list of points with lines between them; closed, also between the
// last and the first.
type Path struct {
	Closed bool
	Points []Point
}

// Polygon is the corners of a surface.
type Polygon []Point

// Circle is a center and a radius.
type Circle struct {
	Center Point
	Radius float64
}

// String returns the point as the server prints it: (x,y).
func (p Point) String() string { return string(p.append(nil)) }

// String returns the line as the server prints it: {A,B,C}.
func (l Line) String() string { return string(l.append(nil)) }

// String returns the segment as the server prints it: [(x,y),(x,y)].
func (s Lseg) String() string { return string(s.append(nil)) }

// String returns the box as the server prints it: (x,y),(x,y).
func (b Box) String() string { return string(b.append(nil)) }

// String returns the path as the server prints it: ((x,y),...) when it is
// closed, else [(x,y),...].
func (p Path) String() string { return string(p.append(nil)) }

// String returns the polygon as the server prints it: ((x,y),...).
func (p Polygon) String() string { return string(p.append(nil)) }

// String returns the circle as the server prints it: <(x,y),r>.
func (c Circle) String() string { return string(c.append(nil)) }

func (p Point) append(dst []byte) []byte {
	dst = pgcodec.AppendFloat64(append(dst, '('), p.X)
	dst = pgcodec.AppendFloat64(append(dst, ','), p.Y)
	return append(dst, ')')
}

func (l Line) append(dst []byte) []byte {
	dst = pgcodec.AppendFloat64(append(dst, '{'), l.A)
	dst = pgcodec.AppendFloat64(append(dst, ','), l.B)
	dst = pgcodec.AppendFloat64(append(dst, ','), l.C)
	return append(dst, '}')
}

func (s Lseg) append(dst []byte) []byte {
	dst = s.A.append(append(dst, '['))
	return append(s.B.append(append(dst, ',')), ']')
}

func (b Box) append(dst []byte) []byte { return b.Low.append(append(b.High.append(dst), ',')) }

func (p Path) append(dst []byte) []byte {
	if p.Closed {
		return appendPoints(dst, '(', p.Points, ')')
	}
	return appendPoints(dst, '[', p.Points, ']')
}

func (p Polygon) append(dst []byte) []byte { return appendPoints(dst, '(', p, ')') }

func appendPoints(dst []byte, open byte, points []Point, end byte) []byte {
	dst = append(dst, open)
	for i, p := range points {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = p.append(dst)
	}
	return append(dst, end)
}

func (c Circle) append(dst []byte) []byte {
	dst = c.Center.append(append(dst, '<'))
	return append(pgcodec.AppendFloat64(append(dst, ','), c.Radius), '>')
}

func appendFloats(dst []byte, fs ...float64) []byte {
	for _, f := range fs {
		dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
	}
	return dst
}

func appendPointList(dst []byte, points []Point) []byte {
	dst = appendInt32(dst, int32(len(points)))
	for _, p := range points {
		dst = appendFloats(dst, p.X, p.Y)
	}
	return dst
}

func (r *reader) float() float64 { return math.Float64frombits(uint64(r.int64())) }

func (r *reader) point() Point { return Point{r.float(), r.float()} }

// points reads at least one point: the server has no empty path.
func (r *reader) points() []Point {
	points := make([]Point, r.count(16))
	r.bad = r.bad || len(points) == 0
	for i := range points {
		points[i] = r.point()
	}
	return points
}

// drawing reads the text of a geometric value from left to right. After the
// first piece that is not there, bad is true.
type drawing struct {
	src []byte
	at  int
	bad bool
}

func (d *drawing) peek(c byte) bool { return d.at < len(d.src) && d.src[d.at] == c }

func (d *drawing) expect(c byte) {
	d.bad = d.bad || !d.peek(c)
	d.at++
}

func (d *drawing) float() float64 {
	start := d.at
	for d.at < len(d.src) && d.src[d.at] != ',' && d.src[d.at] != ')' && d.src[d.at] != '}' && d.src[d.at] != '>' {
		d.at++
	}
	if d.bad || start >= d.at || d.at-start > 400 {
		d.bad = true
		return 0
	}
	f, err := strconv.ParseFloat(string(d.src[start:d.at]), 64)
	d.bad = err != nil
	return f
}

func (d *drawing) point() (p Point) {
	d.expect('(')
	p.X = d.float()
	d.expect(',')
	p.Y = d.float()
	d.expect(')')
	return p
}

// points reads points up to the closer.
func (d *drawing) points(end byte) []Point {
	points := []Point{}
	for !d.bad {
		points = append(points, d.point())
		if d.peek(end) {
			break
		}
		d.expect(',')
	}
	d.expect(end)
	return points
}

func (d *drawing) end(what string) error {
	if d.bad || d.at != len(d.src) {
		return badText(what)
	}
	return nil
}

func (d *drawing) line() (l Line) {
	d.expect('{')
	l.A = d.float()
	d.expect(',')
	l.B = d.float()
	d.expect(',')
	l.C = d.float()
	d.expect('}')
	return l
}

func (d *drawing) lseg() (s Lseg) {
	d.expect('[')
	s.A = d.point()
	d.expect(',')
	s.B = d.point()
	d.expect(']')
	return s
}

func (d *drawing) box() (b Box) {
	b.High = d.point()
	d.expect(',')
	b.Low = d.point()
	return b
}

func (d *drawing) path() (p Path) {
	if d.peek('[') {
		d.at++
		p.Points = d.points(']')
		return p
	}
	p.Closed = true
	d.expect('(')
	p.Points = d.points(')')
	return p
}

func (d *drawing) polygon() Polygon {
	d.expect('(')
	return d.points(')')
}

func (d *drawing) circle() (c Circle) {
	d.expect('<')
	c.Center = d.point()
	d.expect(',')
	c.Radius = d.float()
	d.expect('>')
	return c
}

func (p Path) appendBinary(dst []byte) []byte {
	closed := byte(0)
	if p.Closed {
		closed = 1
	}
	return appendPointList(append(dst, closed), p.Points)
}

func (r *reader) path() (p Path) {
	closed := r.byte()
	r.bad = r.bad || closed > 1
	return Path{closed == 1, r.points()}
}
