package floor

import (
	"encoding/binary"
	"fmt"
)

// The frame of a binary COPY.
const (
	copyHeader  = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	copyTrailer = "\xff\xff"
)

// CopyHeaderSize is how many bytes come before the first row of a binary COPY.
const CopyHeaderSize = len(copyHeader)

// copyChunk is how many bytes of data a CopyData has.
const copyChunk = 64 << 10

// CopyIn runs a COPY … FROM STDIN in binary with rows.
func (c *Conn) CopyIn(sql string, rows []Six) error {
	if err := c.Write(AppendQuery(nil, sql)); err != nil {
		return err
	}
	if typ, _, err := c.Next(); err != nil || typ != 'G' {
		return fmt.Errorf("floor: copy: %q instead of CopyInResponse: %w", typ, err)
	}
	b := append(make([]byte, 5, copyChunk+1024), copyHeader...)
	for i := range rows {
		b = rows[i].Append(b)
		if len(b) >= copyChunk {
			if err := c.copyData(b); err != nil {
				return err
			}
			b = b[:5]
		}
	}
	if err := c.copyData(append(b, copyTrailer...)); err != nil {
		return err
	}
	return c.Run(AppendCopyDone(nil))
}

// copyData sends the data behind the first five bytes, which are for the header.
func (c *Conn) copyData(b []byte) error {
	b[0] = 'd'
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-1))
	return c.Write(b)
}

// CopyOut runs a COPY … TO STDOUT in binary and calls a function with each row.
// The server sends each in a message of its own, the first behind the header.
func (c *Conn) CopyOut(sql string, each func(row []byte)) error {
	if err := c.Write(AppendQuery(nil, sql)); err != nil {
		return err
	}
	first := true
	for {
		typ, body, err := c.Next()
		switch {
		case err != nil:
			return err
		case typ == 'd':
			if first {
				body = body[len(copyHeader):]
				first = false
			}
			if len(body) > len(copyTrailer) {
				each(body)
			}
		case typ == 'Z':
			return nil
		}
	}
}
