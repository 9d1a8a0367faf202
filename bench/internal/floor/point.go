package floor

import "encoding/binary"

// Point runs a prepared statement with an int4 parameter that returns an int8.
type Point struct {
	conn    *Conn
	request []byte
	param   []byte // within request
}

// Point returns the statement, which was prepared under the name.
func (c *Conn) Point(name string) *Point {
	bind := AppendBind(nil, name, 1, Int4(0))
	request := AppendSync(AppendExecute(bind))
	end := len(bind) - 4 // behind the parameter come one format code and their number
	return &Point{conn: c, request: request, param: request[end-4 : end]}
}

// Get runs it.
func (p *Point) Get(id int32) (value int64, err error) {
	binary.BigEndian.PutUint32(p.param, uint32(id))
	if err := p.conn.Write(p.request); err != nil {
		return 0, err
	}
	for {
		typ, body, err := p.conn.Next()
		switch {
		case err != nil:
			return 0, err
		case typ == 'D': // number of columns, length, value
			value = int64(binary.BigEndian.Uint64(body[6:]))
		case typ == 'Z':
			return value, nil
		}
	}
}

// Int8 reads a row of one int8.
func Int8(row []byte) int64 { return int64(binary.BigEndian.Uint64(row[6:])) }
