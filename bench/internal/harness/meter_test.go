package harness

import (
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// busy burns CPU time.
func busy(d time.Duration) {
	for began := time.Now(); time.Since(began) < d; {
	}
}

func TestLoopGoesOnUntilTheTimeIsOver(t *testing.T) {
	m := newMeter()
	m.start(20*time.Millisecond, false, nil)
	n := 0
	began := time.Now()
	if err := m.Loop(func() error { n++; busy(time.Millisecond); return nil }); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("it took %v", took)
	}
	if got := m.values[Wall]; got < 1e6 {
		t.Errorf("an operation of 1 ms takes %v ns", got)
	}
	if got := m.values[WallP50]; got < 1e6 {
		t.Errorf("the median of operations of 1 ms is %v ns", got)
	}
	if got, ok := m.values[CPU]; ok && got <= 0 {
		t.Errorf("it took %v ns of CPU", got)
	}
	if got, want := m.values[Throughput]*m.values[Wall], 1e9; got < want*0.99 || got > want*1.01 {
		t.Errorf("throughput times time is %v", got)
	}
	if n == 0 {
		t.Error("nothing was done")
	}
}

func TestOnceDividesByTheOperations(t *testing.T) {
	m := newMeter()
	m.start(0, false, nil)
	var kept [100]*int64
	if err := m.Once(100, func() error {
		for i := range kept {
			kept[i] = new(int64)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := m.values[Allocs]; got < 1 || got > 1.5 {
		t.Errorf("%v allocations where there was one", got)
	}
	if got := m.values[Bytes]; got < 8 || got > 100 {
		t.Errorf("%v bytes where there were 8", got)
	}
}

func TestACrowdIsCountedTogether(t *testing.T) {
	m := newMeter()
	m.start(10*time.Millisecond, false, nil)
	var counted, done atomic.Int64
	err := m.Crowd(10, func(i int) func() (int, error) {
		return func() (int, error) {
			runtime.Gosched() // the others have their turn
			done.Add(1)
			if i == 0 {
				return 0, nil
			}
			counted.Add(2)
			return 2, nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	took := float64(counted.Load()) / m.values[Throughput] * 1e9
	if took < 10e6 || took > 1e9 {
		t.Errorf("%d operations at %v a second make %v ns", counted.Load(), m.values[Throughput], took)
	}
	if done.Load() <= counted.Load()/2 {
		t.Error("who does not count did nothing")
	}
}

var errTest = errors.New("a test's error")

func TestAnErrorEndsARepetition(t *testing.T) {
	m := newMeter()
	m.start(time.Hour, false, nil)
	n := 0
	fail := func() error {
		if n++; n == 3 {
			return errTest
		}
		return nil
	}
	if err := m.Loop(fail); err != errTest || n != 3 {
		t.Errorf("Loop: %v after %d", err, n)
	}
	err := m.Crowd(8, func(i int) func() (int, error) {
		return func() (int, error) {
			if i == 5 {
				return 0, errTest
			}
			return 1, nil
		}
	})
	if err != errTest {
		t.Errorf("Crowd: %v", err)
	}
	if err := m.Once(1, func() error { return errTest }); err != errTest {
		t.Errorf("Once: %v", err)
	}
}

func TestScale(t *testing.T) {
	m := newMeter()
	m.start(0, true, nil)
	if got := m.Scale(1000); got != 20 {
		t.Errorf("a brief repetition has %d of 1000", got)
	}
	if got := m.Scale(1); got != 1 {
		t.Errorf("a brief repetition has %d of 1", got)
	}
	m.start(0, false, nil)
	if got := m.Scale(1000); got != 1000 {
		t.Errorf("a repetition has %d of 1000", got)
	}
}

// TestExchangesAreReadsAfterWrites: an echo that answers each byte is asked three
// times; the last answer comes in two pieces.
func TestExchangesAreReadsAfterWrites(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		for b := make([]byte, 1); ; {
			if _, err := c.Read(b); err != nil {
				return
			}
			_, _ = c.Write([]byte("ab"))
		}
	}()
	var tally Tally
	c, err := tally.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for want := range int64(3) {
		if got := tally.Exchanges(); got != want {
			t.Errorf("%d exchanges instead of %d", got, want)
		}
		_, _ = c.Write([]byte("x"))
		for range 2 {
			if _, err := c.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
