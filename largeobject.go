package parley

import (
	"context"
	"fmt"
	"io"
)

// LargeObjectMode says what a large object is opened for.
type LargeObjectMode int32

// The modes (manual, section "Large Objects", Client Interfaces).
const (
	LargeObjectRead      LargeObjectMode = 0x40000
	LargeObjectWrite     LargeObjectMode = 0x20000
	LargeObjectReadWrite                 = LargeObjectRead | LargeObjectWrite
)

// CreateLargeObject makes a new, empty large object, with the OID given or,
// for 0, with one that the server chooses, and returns its OID.
func (t *Tx) CreateLargeObject(ctx context.Context, oid uint32) (uint32, error) {
	err := t.value(ctx, &oid, "select lo_create($1::oid)", oid)
	return oid, err
}

// RemoveLargeObject removes a large object with its data.
func (t *Tx) RemoveLargeObject(ctx context.Context, oid uint32) error {
	var ok int32
	return t.value(ctx, &ok, "select lo_unlink($1::oid)", oid)
}

// OpenLargeObject opens a large object. It is open until it is closed, at most
// to the end of the transaction. ctx is that of all its reads and writes.
func (t *Tx) OpenLargeObject(ctx context.Context, oid uint32, mode LargeObjectMode) (*LargeObject, error) {
	o := &LargeObject{tx: t, ctx: ctx}
	err := t.value(ctx, &o.fd, "select lo_open($1::oid, $2::int)", oid, int32(mode))
	if err != nil {
		return nil, err
	}
	return o, nil
}

// value runs a statement that returns one value.
func (t *Tx) value(ctx context.Context, dest any, sql string, args ...any) error {
	rows := t.Query(ctx, sql, args...)
	n := 0
	for rows.Next() {
		n++
		if err := rows.Scan(dest); err != nil {
			_ = rows.Close()
			return err
		}
	}
	if rows.Err() == nil && n != 1 {
		return fmt.Errorf("%d rows came where one was expected", n)
	}
	return rows.Err()
}

// LargeObject is an open large object: a file within the database. It is an
// io.Reader, io.Writer, io.Seeker and io.Closer, and belongs to its
// transaction. Each call is one exchange, or as many as its data needs.
type LargeObject struct {
	tx  *Tx
	ctx context.Context
	fd  int32
}

// largeObjectChunk is how many bytes are read or written at once.
const largeObjectChunk = 256 << 10

// Read reads up to len(p) bytes. At the end it returns io.EOF.
func (o *LargeObject) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	var data []byte
	n := min(len(p), largeObjectChunk)
	if err := o.tx.value(o.ctx, &data, "select loread($1::int, $2::int)", o.fd, int32(n)); err != nil {
		return 0, err
	}
	if len(data) == 0 {
		return 0, io.EOF
	}
	if len(data) > n {
		return 0, fmt.Errorf("large object: the server gave %d bytes where %d were asked for", len(data), n)
	}
	return copy(p, data), nil
}

// Write writes p.
func (o *LargeObject) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		chunk := p[:min(len(p), largeObjectChunk)]
		var n int32
		if err := o.tx.value(o.ctx, &n, "select lowrite($1::int, $2::bytea)", o.fd, chunk); err != nil {
			return written, err
		}
		if n < 0 || int(n) > len(chunk) {
			return written, fmt.Errorf("large object: the server wrote %d of %d bytes", n, len(chunk))
		}
		written += int(n)
		if int(n) < len(chunk) {
			return written, io.ErrShortWrite
		}
		p = p[len(chunk):]
	}
	return written, nil
}

// Seek moves to where the next read or write begins, and returns how many
// bytes that is from the start.
func (o *LargeObject) Seek(offset int64, whence int) (int64, error) {
	if whence < io.SeekStart || whence > io.SeekEnd {
		return 0, fmt.Errorf("large object: %d is no way to seek", whence)
	}
	var at int64
	err := o.tx.value(o.ctx, &at, "select lo_lseek64($1::int, $2::bigint, $3::int)", o.fd, offset, int32(whence))
	return at, err
}

// Truncate sets the size, in bytes.
func (o *LargeObject) Truncate(size int64) error {
	var ok int32
	return o.tx.value(o.ctx, &ok, "select lo_truncate64($1::int, $2::bigint)", o.fd, size)
}

// Close closes the object.
func (o *LargeObject) Close() error {
	var ok int32
	return o.tx.value(o.ctx, &ok, "select lo_close($1::int)", o.fd)
}
