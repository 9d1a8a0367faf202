package wire

import (
	"bytes"
	"fmt"
	"testing"
)

// The rows that the benchmarks read: about a megabyte, in rows as they are
// often (a few short values) and in rows with long values.
func benchRows(b *testing.B, size int) (stream []byte, bodies [][]byte) {
	b.Helper()
	row := DataRow{[][]byte{[]byte("4711"), bytes.Repeat([]byte("x"), size), nil, []byte("2026-01-01")}}
	msg := mustAppend(b, &row)
	stream = bytes.Repeat(msg, 1<<20/len(msg))
	for at := 0; at < len(stream); at += len(msg) {
		bodies = append(bodies, stream[at+5:at+len(msg)])
	}
	return stream, bodies
}

var benchSizes = []int{16, 100, 1000}

func eachSize(b *testing.B, f func(b *testing.B, stream []byte, bodies [][]byte)) {
	for _, size := range benchSizes {
		b.Run(fmt.Sprintf("value=%d", size), func(b *testing.B) {
			stream, bodies := benchRows(b, size)
			b.SetBytes(int64(len(stream)))
			b.ReportAllocs()
			f(b, stream, bodies)
		})
	}
}

// BenchmarkCopy is the floor: the same bytes, copied.
func BenchmarkCopy(b *testing.B) {
	eachSize(b, func(b *testing.B, stream []byte, _ [][]byte) {
		to := make([]byte, len(stream))
		for b.Loop() {
			copy(to, stream)
		}
	})
}

// BenchmarkNext cuts a stream into messages, from a reader that gives 8 KiB at
// a time, as a socket would.
func BenchmarkNext(b *testing.B) {
	eachSize(b, func(b *testing.B, stream []byte, bodies [][]byte) {
		var buf Buffer
		for b.Loop() {
			n := 0
			for rest := stream; len(rest) > 0; {
				k := min(8192, len(rest))
				_, _ = buf.Write(rest[:k])
				rest = rest[k:]
				for {
					_, ok, err := buf.Next(PhaseBackend)
					if err != nil {
						b.Fatal(err)
					}
					if !ok {
						break
					}
					n++
				}
			}
			if n != len(bodies) {
				b.Fatalf("%d messages, want %d", n, len(bodies))
			}
		}
	})
}

func BenchmarkRowReader(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []byte, bodies [][]byte) {
		for b.Loop() {
			sum := 0
			for _, body := range bodies {
				r := ReadRow(body)
				for {
					v, ok := r.Next()
					if !ok {
						break
					}
					sum += len(v)
				}
				if err := r.Err(); err != nil {
					b.Fatal(err)
				}
			}
			if sum == 0 {
				b.Fatal("no values")
			}
		}
	})
}

func BenchmarkDataRowParse(b *testing.B) {
	eachSize(b, func(b *testing.B, _ []byte, bodies [][]byte) {
		var m DataRow
		for b.Loop() {
			for _, body := range bodies {
				if err := m.Parse(body); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

func BenchmarkDataRowAppend(b *testing.B) {
	eachSize(b, func(b *testing.B, stream []byte, bodies [][]byte) {
		var m DataRow
		if err := m.Parse(bodies[0]); err != nil {
			b.Fatal(err)
		}
		to := make([]byte, 0, len(stream))
		for b.Loop() {
			to = to[:0]
			for range bodies {
				to, _ = m.Append(to)
			}
		}
		if !bytes.Equal(to, stream) {
			b.Fatal("not the stream")
		}
	})
}

// BenchmarkBindExecuteSync appends what a prepared statement costs each time.
func BenchmarkBindExecuteSync(b *testing.B) {
	bind := Bind{"", "s1", []Format{BinaryFormat}, [][]byte{{0, 0, 0, 42}, []byte("a short text")}, []Format{BinaryFormat}}
	var execute Execute
	var sync Sync
	buf := make([]byte, 0, 256)
	flight := func() []byte {
		to, _ := bind.Append(buf)
		to, _ = execute.Append(to)
		to, _ = sync.Append(to)
		return to
	}
	b.SetBytes(int64(len(flight())))
	b.ReportAllocs()
	for b.Loop() {
		flight()
	}
}

func BenchmarkRowDescription(b *testing.B) {
	m := RowDescription{repeat(20, Column{"a_column", 16384, 1, 23, 4, -1, BinaryFormat})}
	body := bodyOf(b, &m)
	b.Run("Parse", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			if err := m.Parse(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ColumnReader", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		b.ReportAllocs()
		for b.Loop() {
			r := ReadColumns(body)
			for ok := true; ok; {
				_, _, ok = r.Next()
			}
		}
	})
}

func BenchmarkDissect(b *testing.B) {
	msg := mustAppend(b, Example(KindBind))
	b.SetBytes(int64(len(msg)))
	b.ReportAllocs()
	for b.Loop() {
		Dissect(KindBind, Frontend, msg, Context{})
	}
}
