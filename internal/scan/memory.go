package scan

// How large chunks are, and what is too large to share one: with a quarter at
// most the rest that is thrown away when a chunk is full is less than a quarter.
// The first chunks are so small that a result of a row or two wastes nothing.
const (
	firstChunk = 64
	lastChunk  = 64 << 10
	share      = 4
)

// Memory is where strings, byte slices and slices of numbers are made. Those of
// many values share a chunk, which costs an allocation for many of them; a chunk lives as long as
// one of its values does. The zero Memory is ready. It belongs to one goroutine.
//
// Invariant: chunk[:len] is handed out and never written again,
// len(chunk) <= cap(chunk) <= lastChunk, and with Alone there is no chunk; the
// same goes for numbers, in words.
type Memory struct {
	// Alone gives every value its own allocation, for values that are kept while
	// most of their neighbours are not.
	Alone bool
	chunk []byte
	size  int // of the last chunk

	numbers []uint64

	scratch []byte // of a conversion at work
}

// String returns the bytes as a string.
func (m *Memory) String(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return carve(m.take(b))
}

// Bytes returns a copy of the bytes that is not nil. Its capacity is its length.
func (m *Memory) Bytes(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	return m.take(b)
}

func (m *Memory) take(b []byte) []byte {
	at := len(m.chunk)
	end := at + len(b)
	if end > cap(m.chunk) {
		return m.more(b)
	}
	m.chunk = m.chunk[:end]
	copy(m.chunk[at:], b)
	return m.chunk[at:end:end]
}

// more takes from a new chunk, or gives bytes their own allocation.
func (m *Memory) more(b []byte) []byte {
	size := min(max(2*m.size, firstChunk), lastChunk)
	m.size = size
	if m.Alone || len(b) > size/share {
		return append(make([]byte, 0, len(b)), b...)
	}
	m.chunk = make([]byte, 0, size)
	return m.take(b)
}

// words returns so many words for numbers. They need not be zero.
func (m *Memory) words(n int) []uint64 {
	at := len(m.numbers)
	end := at + n
	if end > cap(m.numbers) {
		size := min(max(2*cap(m.numbers), firstChunk/8), lastChunk/8)
		if m.Alone || n > size/share {
			return make([]uint64, n)
		}
		m.numbers, at, end = make([]uint64, 0, size), 0, n
	}
	m.numbers = m.numbers[:end]
	return m.numbers[at:end:end]
}

// kept returns scratch space to be used again, unless it has become large.
func kept(b []byte) []byte {
	if cap(b) > lastChunk {
		return nil
	}
	return b[:0]
}
