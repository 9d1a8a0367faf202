package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"

	"parley/pgtype"
)

// copyMagic is what the data of a binary COPY begins with. Flags and the length
// of an extension follow, four bytes each.
const copyMagic = "PGCOPY\n\xff\r\n\x00"

// Begin appends what comes before the first row of a COPY.
func (w *RowWriter) Begin(dst []byte) []byte {
	if w.format == pgtype.Text {
		return dst
	}
	return append(dst, copyMagic+"\x00\x00\x00\x00\x00\x00\x00\x00"...)
}

// End appends what comes after the last row of a COPY.
func (w *RowWriter) End(dst []byte) []byte {
	if w.format == pgtype.Text {
		return dst
	}
	return append(dst, 0xff, 0xff)
}

var errCopyForm = errors.New("the server sent data that is no binary COPY")

// CopyHeader returns how long the header of a binary COPY is, 0 when there is
// not yet all of it.
func CopyHeader(b []byte) (int, error) {
	n := min(len(b), len(copyMagic))
	if string(b[:n]) != copyMagic[:n] {
		return 0, errCopyForm
	}
	head := len(copyMagic) + 8
	if len(b) < head {
		return 0, nil
	}
	flags, extension := binary.BigEndian.Uint32(b[len(copyMagic):]), binary.BigEndian.Uint32(b[len(copyMagic)+4:])
	if flags != 0 || extension > maxValue { // with OIDs in each row, as servers before 12
		return 0, errCopyForm
	}
	if uint64(len(b)) < uint64(head)+uint64(extension) {
		return 0, nil
	}
	return head + int(extension), nil
}

// TupleSize returns how long the first tuple of a binary COPY is, 0 when there
// is not yet all of it, and whether it is the trailer.
func TupleSize(b []byte) (n int, end bool, err error) {
	if len(b) < 2 {
		return 0, false, nil
	}
	count := int16(binary.BigEndian.Uint16(b))
	if n = 2; count == -1 {
		return n, true, nil
	}
	if count < 0 {
		return 0, false, errCopyForm
	}
	for range count {
		if len(b)-n < 4 {
			return 0, false, nil
		}
		size := int(int32(binary.BigEndian.Uint32(b[n:])))
		n += 4
		switch {
		case size < -1:
			return 0, false, errCopyForm
		case size > len(b)-n:
			return 0, false, nil
		}
		n += max(size, 0)
	}
	return n, false, nil
}

// AppendLine appends the body of a row that a line of COPY's text format is,
// without its end. It reports whether it is one.
func AppendLine(dst, line []byte) ([]byte, bool) {
	at := len(dst)
	dst = append(dst, 0, 0)
	count := 0
	for more := true; more; count++ {
		var column []byte
		column, line, more = bytes.Cut(line, []byte{'\t'})
		start := len(dst)
		dst = append(dst, 0xff, 0xff, 0xff, 0xff)
		if string(column) == `\N` {
			continue
		}
		var ok bool
		if dst, ok = appendUnescaped(dst, column); !ok {
			return dst, false
		}
		binary.BigEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	}
	if count > 1<<15-1 {
		return dst, false
	}
	binary.BigEndian.PutUint16(dst[at:], uint16(count))
	return dst, true
}

// appendUnescaped undoes the backslashes that the server writes.
func appendUnescaped(dst, b []byte) ([]byte, bool) {
	for {
		i := bytes.IndexByte(b, '\\')
		if i < 0 {
			return append(dst, b...), true
		}
		dst = append(dst, b[:i]...)
		if i+1 == len(b) {
			return dst, false
		}
		c := b[i+1]
		if j := bytes.IndexByte([]byte("bfnrtv"), c); j >= 0 {
			c = "\b\f\n\r\t\v"[j]
		}
		dst, b = append(dst, c), b[i+2:]
	}
}

// Sources returns those of the columns that a struct has fields for; of what is
// no struct, all of them.
func Sources(cols []Column, typ reflect.Type) []Column {
	if typ.Kind() != reflect.Struct || isValue(typ) {
		return cols
	}
	fields := fieldsOf(typ)
	return slices.DeleteFunc(slices.Clone(cols), func(c Column) bool { return find(fields, c.Name) < 0 })
}
