package wire

import (
	"fmt"
	"strconv"
)

// MaxMessage is the greatest length word a message can have: one byte less
// than 1 GiB, the most that PostgreSQL allocates for one value (MaxAllocSize).
const MaxMessage = 1<<30 - 1

// Side is an end of a connection, or in a [Layout] who may send a message.
type Side uint8

// The two sides, and both of them.
const (
	Frontend Side = 1 << iota // the client
	Backend                   // the server
	Both     = Frontend | Backend
)

// String returns "frontend", "backend" or "both".
func (s Side) String() string {
	switch s {
	case Frontend:
		return "frontend"
	case Backend:
		return "backend"
	case Both:
		return "both"
	}
	return "Side(" + strconv.Itoa(int(s)) + ")"
}

// Other returns the opposite side.
func (s Side) Other() Side { return s ^ Both }

// Version is a protocol version: the major number in the high 16 bits, the
// minor in the low 16.
type Version uint32

// Protocol versions. 3.1 was never used; 3.9999 is what clients send to find
// out whether a server negotiates as it should.
const (
	Version30     Version = 3 << 16
	Version32     Version = 3<<16 | 2
	VersionGrease Version = 3<<16 | 9999
)

// Request codes that stand where a StartupMessage has its version.
const (
	CancelRequestCode uint32 = 1234<<16 | 5678
	SSLRequestCode    uint32 = 1234<<16 | 5679
	GSSENCRequestCode uint32 = 1234<<16 | 5680
)

// Major returns the major version number.
func (v Version) Major() int { return int(v >> 16) }

// Minor returns the minor version number.
func (v Version) Minor() int { return int(v & 0xffff) }

// String returns the version as "3.2".
func (v Version) String() string {
	return strconv.Itoa(v.Major()) + "." + strconv.Itoa(v.Minor())
}

// Format says how a value is written: 0 as text, 1 in the type's binary form.
type Format int16

// The two formats that exist.
const (
	TextFormat   Format = 0
	BinaryFormat Format = 1
)

// String returns "text", "binary" or the number.
func (f Format) String() string {
	switch f {
	case TextFormat:
		return "text"
	case BinaryFormat:
		return "binary"
	}
	return strconv.Itoa(int(f))
}

// TxStatus is the transaction status that ReadyForQuery reports.
type TxStatus byte

// The transaction statuses.
const (
	TxIdle   TxStatus = 'I' // not in a transaction block
	TxActive TxStatus = 'T' // in a transaction block
	TxFailed TxStatus = 'E' // in a failed transaction block
)

// String returns "idle", "in transaction", "failed transaction" or the byte.
func (s TxStatus) String() string {
	switch s {
	case TxIdle:
		return "idle"
	case TxActive:
		return "in transaction"
	case TxFailed:
		return "failed transaction"
	}
	return fmt.Sprintf("status %q", byte(s))
}

// Object says what a Describe or a Close names.
type Object byte

// What Describe and Close can name.
const (
	ObjectStatement Object = 'S'
	ObjectPortal    Object = 'P'
)

// String returns "statement", "portal" or the byte.
func (o Object) String() string {
	switch o {
	case ObjectStatement:
		return "statement"
	case ObjectPortal:
		return "portal"
	}
	return fmt.Sprintf("object %q", byte(o))
}

// LSN is a position in the write-ahead log, in bytes.
type LSN uint64

// String returns the position as PostgreSQL writes it: "16/B374D848".
func (l LSN) String() string { return fmt.Sprintf("%X/%X", uint32(l>>32), uint32(l)) }

// Micros is a time as the replication protocol sends it: microseconds since
// 2000-01-01 00:00:00 UTC.
type Micros int64

// UnixMicro returns the time as microseconds since 1970-01-01 00:00:00 UTC.
func (m Micros) UnixMicro() int64 { return int64(m) + 946684800*1000000 }
