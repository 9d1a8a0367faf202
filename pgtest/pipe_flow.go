package pgtest

import (
	"math/rand/v2"
	"time"
)

// flow is one direction of a pipe. The pipe's mu guards it.
//
// 0 ≤ held ≤ capacity; held is the sum of the chunks' lengths;
// written ≤ faults.At if the flow breaks there.
type flow struct {
	faults   Faults
	capacity int // negative: no bound
	random   *rand.Rand

	chunks  []chunk
	held    int
	written int64 // accepted so far, without those lost beyond a cut
	ended   bool  // nothing more will come: closed by the writer, or cut
	shut    bool  // writing fails: the reader is gone, or the writer said so
}

// chunk is bytes that were written at one time; a read never goes beyond one.
type chunk struct {
	bytes []byte
	at    time.Time // when they can be read
}

func newFlow(c PipeConfig, f Faults, stream uint64) *flow {
	w := &flow{faults: f, capacity: c.Buffer, random: rand.New(rand.NewPCG(c.Seed, stream))}
	if c.Buffer == 0 {
		w.capacity = defaultPipeBuffer
	}
	w.endAtCut()
	return w
}

// put accepts the beginning of b and says how much; 0 if there is no room now,
// or never again.
func (w *flow) put(b []byte) int {
	if w.cut() {
		return len(b) // lost
	}
	n := len(b)
	if w.capacity >= 0 {
		n = min(n, w.capacity-w.held)
	}
	if w.faults.Break != NoBreak {
		n = int(min(int64(n), w.faults.At-w.written))
	}
	if n <= 0 {
		return 0
	}
	for rest := b[:n]; len(rest) > 0; {
		k := len(rest)
		if w.faults.ShortWrites {
			k = 1 + w.random.IntN(k)
		}
		w.add(rest[:k])
		rest = rest[k:]
	}
	w.written += int64(n)
	w.held += n
	w.endAtCut()
	return n
}

// add keeps a copy of one piece. Without short writes, pieces that arrive at
// one time are joined, as a socket joins what nobody has read yet.
func (w *flow) add(piece []byte) {
	at := time.Now().Add(w.faults.Latency)
	if last := len(w.chunks) - 1; last >= 0 && !w.faults.ShortWrites && (w.faults.Latency == 0 || w.chunks[last].at.Equal(at)) {
		w.chunks[last].bytes = append(w.chunks[last].bytes, piece...)
		return
	}
	w.chunks = append(w.chunks, chunk{bytes: append([]byte(nil), piece...), at: at})
}

// take moves what has arrived into b and says how much.
func (w *flow) take(b []byte) int {
	if len(w.chunks) == 0 || w.faults.Latency > 0 && time.Now().Before(w.chunks[0].at) {
		return 0
	}
	first := &w.chunks[0]
	n := min(len(b), len(first.bytes))
	if w.faults.ShortReads {
		n = 1 + w.random.IntN(n)
	}
	copy(b, first.bytes[:n])
	if first.bytes = first.bytes[n:]; len(first.bytes) == 0 {
		w.chunks = w.chunks[1:]
	}
	w.held -= n
	return n
}

func (w *flow) empty() bool { return len(w.chunks) == 0 }

// arrival is when the next bytes can be read, zero if none are under way.
func (w *flow) arrival() time.Time {
	if len(w.chunks) == 0 {
		return time.Time{}
	}
	return w.chunks[0].at
}

// cut reports whether everything before the cut has been written.
func (w *flow) cut() bool { return w.faults.Break == Cut && w.written >= w.faults.At }

// resets reports whether so much was written that the connection breaks.
func (w *flow) resets() bool { return w.faults.Break == Reset && w.written >= w.faults.At }

func (w *flow) endAtCut() {
	if w.cut() {
		w.ended = true
	}
}

// discard throws away what nobody has read.
func (w *flow) discard() {
	w.chunks, w.held = nil, 0
}
