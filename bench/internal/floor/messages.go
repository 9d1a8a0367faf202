package floor

import "encoding/binary"

// message appends a message whose body a function appends.
func message(b []byte, typ byte, body func([]byte) []byte) []byte {
	start := len(b)
	b = body(append(b, typ, 0, 0, 0, 0))
	binary.BigEndian.PutUint32(b[start+1:], uint32(len(b)-start-1))
	return b
}

func cstring(b []byte, s string) []byte { return append(append(b, s...), 0) }

// AppendParse appends a Parse whose parameter types the server infers.
func AppendParse(b []byte, name, sql string) []byte {
	return message(b, 'P', func(b []byte) []byte { return append(cstring(cstring(b, name), sql), 0, 0) })
}

// AppendDescribe appends a Describe of a statement.
func AppendDescribe(b []byte, name string) []byte {
	return message(b, 'D', func(b []byte) []byte { return cstring(append(b, 'S'), name) })
}

// AppendBind appends a Bind of the unnamed portal, with binary parameters and
// results in the format.
func AppendBind(b []byte, name string, format byte, params ...[]byte) []byte {
	return message(b, 'B', func(b []byte) []byte {
		b = cstring(cstring(b, ""), name)
		b = append(b, 0, 1, 0, 1)
		b = binary.BigEndian.AppendUint16(b, uint16(len(params)))
		for _, p := range params {
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
		}
		return append(b, 0, 1, 0, format)
	})
}

// AppendExecute appends an Execute of the unnamed portal.
func AppendExecute(b []byte) []byte { return append(b, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0) }

// AppendClose appends a Close of a statement.
func AppendClose(b []byte, name string) []byte {
	return message(b, 'C', func(b []byte) []byte { return cstring(append(b, 'S'), name) })
}

// AppendSync appends a Sync.
func AppendSync(b []byte) []byte { return append(b, 'S', 0, 0, 0, 4) }

// AppendQuery appends a Query.
func AppendQuery(b []byte, sql string) []byte {
	return message(b, 'Q', func(b []byte) []byte { return cstring(b, sql) })
}

// AppendCopyDone appends a CopyDone.
func AppendCopyDone(b []byte) []byte { return append(b, 'c', 0, 0, 0, 4) }

// Int4 returns the binary form of an int4.
func Int4(n int32) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }

// Prepare prepares a statement.
func (c *Conn) Prepare(name, sql string) error {
	return c.Run(AppendSync(AppendParse(nil, name, sql)))
}

// Query returns the request that runs a prepared statement with results in
// binary.
func Query(name string, params ...[]byte) []byte {
	return AppendSync(AppendExecute(AppendBind(nil, name, 1, params...)))
}
