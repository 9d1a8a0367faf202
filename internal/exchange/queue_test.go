package exchange

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// play pushes parts for owners 1, 2, … and gives the replies to a queue, one
// letter each; "x" ends COPY data. It returns the owners and events, or the error.
func play(parts []Part, replies string) (string, error) {
	var q Queue[int]
	for i, p := range parts {
		q.Push(p, i+1, -1)
	}
	var got strings.Builder
	for _, typ := range []byte(replies) {
		if typ == 'x' {
			q.CopyEnded()
			continue
		}
		owner, e, err := q.Answer(typ, bodyOf(typ))
		if err != nil {
			return got.String(), err
		}
		fmt.Fprintf(&got, "%d:%d ", owner, e)
	}
	if q.Len() > 0 {
		return got.String(), fmt.Errorf("%d parts are left", q.Len())
	}
	return strings.TrimSpace(got.String()), nil
}

func bodyOf(typ byte) []byte {
	switch typ {
	case 'Z':
		return []byte{'I'}
	case 'D', 'T':
		return []byte{0, 2}
	}
	return nil
}

func TestQueue(t *testing.T) {
	statement := []Part{PartParse, PartDescribeStatement, PartBind, PartExecute, PartSync}
	for _, w := range []struct {
		parts   []Part
		replies string
		want    string // owner:event, or the error
	}{
		{statement, "1tT2DDCZ", "1:0 2:1 2:2 3:0 4:4 4:4 4:5 5:15"},
		{statement, "1tn2CZ", "1:0 2:1 2:3 3:0 4:5 5:15"},
		{statement, "EZ", "1:14 5:15"},
		{statement, "1EZ", "1:0 2:14 5:15"},
		{statement, "1tT2DEZ", "1:0 2:1 2:2 3:0 4:4 4:14 5:15"},
		{statement, "1tT2DCEZ", "1:0 2:1 2:2 3:0 4:4 4:5 5:14 5:15"},
		{append(statement, statement...), "1EZ1tn2IZ", "1:0 2:14 5:15 6:0 7:1 7:3 8:0 9:6 10:15"},
		{statement, "1tT2DC", "1 parts are left"},
		{statement, "2", "BindComplete came, where Parse awaits its reply"},
		{statement, "1T", "RowDescription came, where Describe awaits"},
		{statement, "1tTZ", "ReadyForQuery came, and the reply to Bind is not complete"},
		{statement, "1tT2DI", "EmptyQueryResponse came, where Execute"},
		{statement, "1tT2G", "2 parts are left"},
		{statement, "1tn2GxEZ", "1:0 2:1 2:3 3:0 4:8 4:14 5:15"},
		{statement, "1tn2GC", "CommandComplete came, in the middle of a COPY"},
		{statement, "1tn2HddcCZ", "1:0 2:1 2:3 3:0 4:9 4:11 4:11 4:12 4:5 5:15"},
		{statement, "1tn2sZ", "1:0 2:1 2:3 3:0 4:7 5:15"},
		{[]Part{PartQuery}, "TDCCITDDCZ", "1:2 1:4 1:5 1:5 1:6 1:2 1:4 1:4 1:5 1:15"},
		{[]Part{PartQuery}, "TDEZ", "1:2 1:4 1:14 1:15"},
		{[]Part{PartQuery}, "EE", "ErrorResponse came, and the request has failed already"},
		{[]Part{PartQuery}, "D", "DataRow came, where Query"},
		{[]Part{PartQuery}, "TT", "RowDescription came"},
		{[]Part{PartQuery}, "TZ", "ReadyForQuery came, and the reply to Query is not complete"},
		{[]Part{PartQuery}, "WddcCZ", "1:10 1:11 1:11 1:12 1:5 1:15"},
		{[]Part{PartFunction}, "VZ", "1:13 1:15"},
		{[]Part{PartFunction}, "Z", "is not complete"},
		{[]Part{PartDescribePortal, PartClose, PartSync}, "T3Z", "1:2 2:0 3:15"},
		{[]Part{PartSync}, "Z1", "ParseComplete came, and no request awaits a reply"},
		{[]Part{PartSync}, "?", "a message of type '?' came"},
		{nil, "Z", "and no request awaits a reply"},
	} {
		got, err := play(w.parts, w.replies)
		if err != nil {
			got = err.Error()
		}
		if got != w.want && (err == nil || !strings.Contains(got, w.want)) {
			t.Errorf("%v answered by %s: %s, want %s", w.parts, w.replies, got, w.want)
		}
		if err != nil && !strings.Contains(got, "are left") {
			if _, ok := errors.AsType[*ProtocolError](err); !ok {
				t.Errorf("%T, want a ProtocolError", err)
			}
		}
	}
}

func TestQueueBodies(t *testing.T) {
	for _, w := range []struct {
		part  Part
		width int
		typ   byte
		body  []byte
		want  string
	}{
		{PartExecute, 2, 'D', []byte{0, 2}, ""},
		{PartExecute, 3, 'D', []byte{0, 2}, "with 2 columns where 3 were described"},
		{PartExecute, -1, 'D', []byte{0}, "without its number of columns"},
		{PartSync, 0, 'Z', []byte("E"), ""},
		{PartSync, 0, 'Z', []byte("X"), "transaction status"},
		{PartSync, 0, 'Z', nil, "transaction status"},
		{PartSync, 0, 'Z', []byte("II"), "transaction status"},
	} {
		var q Queue[int]
		q.Push(w.part, 1, w.width)
		_, _, err := q.Answer(w.typ, w.body)
		if w.want == "" && err != nil || w.want != "" && (err == nil || !strings.Contains(err.Error(), w.want)) {
			t.Errorf("%v, %c %v: %v, want %q", w.part, w.typ, w.body, err, w.want)
		}
	}
}

// A queue that is never empty does not grow, and one that was long gives its
// memory back.
func TestQueueMemory(t *testing.T) {
	var q Queue[int]
	for i := range 100_000 {
		q.Push(PartSync, i, 0)
		if i == 0 {
			continue
		}
		if owner, _, err := q.Answer('Z', []byte("I")); err != nil || owner != i-1 {
			t.Fatalf("owner %d, %v, want %d", owner, err, i-1)
		}
	}
	if cap(q.owed) > 64 || q.Len() != 1 || q.Syncs() != 1 {
		t.Errorf("room for %d parts, %d owed", cap(q.owed), q.Len())
	}
	for i := range 100_000 {
		q.Push(PartParse, i, 0)
	}
	q.Push(PartSync, 0, 0)
	for _, typ := range []byte("ZEZ") {
		if _, _, err := q.Answer(typ, []byte("I")); err != nil {
			t.Fatal(err)
		}
	}
	q.Push(PartSync, 0, 0)
	if cap(q.owed) > keepOwed {
		t.Errorf("room for %d parts is kept", cap(q.owed))
	}
}

// grammar says for each part what a whole reply looks like, and what the
// beginning of one.
var grammar = map[Part]struct{ whole, begun *regexp.Regexp }{
	PartSync:              {regexp.MustCompile(`^E*Z$`), regexp.MustCompile(`^E*$`)},
	PartParse:             {regexp.MustCompile(`^1$`), regexp.MustCompile(`^$`)},
	PartBind:              {regexp.MustCompile(`^2$`), regexp.MustCompile(`^$`)},
	PartClose:             {regexp.MustCompile(`^3$`), regexp.MustCompile(`^$`)},
	PartDescribeStatement: {regexp.MustCompile(`^t[Tn]$`), regexp.MustCompile(`^t?$`)},
	PartDescribePortal:    {regexp.MustCompile(`^[Tn]$`), regexp.MustCompile(`^$`)},
	PartExecute:           {regexp.MustCompile(`^(I|D*C|D*s|GxC|Hd*cC)$`), regexp.MustCompile(`^(D*|Gx?|Hd*c?)$`)},
	PartFunction:          {regexp.MustCompile(`^(V|V?E)Z$`), regexp.MustCompile(`^(V|E|VE)?$`)},
	PartQuery: {regexp.MustCompile(`^(TD*C|C|I|GxC|Hd*cC|Wd*c)*((TD*|Gx?|Hd*c?|Wd*)?E)?Z$`),
		regexp.MustCompile(`^(TD*C|C|I|GxC|Hd*cC|Wd*c)*(TD*|Gx?|Hd*c?|Wd*)?E?$`)},
}

// slowQueue is Queue without any cleverness: it keeps all that came for each
// part, and matches it from the start each time.
type slowQueue struct {
	parts  []Part
	owners []int
	came   []string
}

func (q *slowQueue) push(p Part, owner int) {
	q.parts, q.owners, q.came = append(q.parts, p), append(q.owners, owner), append(q.came, "")
}

func (q *slowQueue) pop() { q.parts, q.owners, q.came = q.parts[1:], q.owners[1:], q.came[1:] }

// answer returns the owner of a message, and whether it may come.
func (q *slowQueue) answer(typ byte) (owner int, ok bool) {
	if len(q.parts) == 0 {
		return 0, false
	}
	owner = q.owners[0]
	if typ == 'E' {
		for !endsGroup(q.parts[0]) {
			if q.pop(); len(q.parts) == 0 {
				return owner, true
			}
		}
	}
	q.came[0] += string(typ)
	g := grammar[q.parts[0]]
	if g.whole.MatchString(q.came[0]) {
		q.pop()
		return owner, true
	}
	return owner, g.begun.MatchString(q.came[0])
}

func (q *slowQueue) copyEnded() {
	if len(q.came) > 0 && strings.HasSuffix(q.came[0], "G") {
		q.came[0] += "x"
	}
}

// Whatever comes, the queue and the slow one agree on whose it is and whether it
// may come. Capital letters and digits of the input are replies, others push.
func FuzzQueue(f *testing.F) {
	const letters = "0123456789CDEGHIKRSTVWXZcdnstvx?"
	for _, seed := range []string{"abcefgZ", "be1tT2DDCZ", "bcdabcda1E", "gTDCGxCZ", "hVZhEZ", "fGxEZ"} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, ops, replies []byte) {
		var q Queue[int]
		var slow slowQueue
		next := 0
		for i, op := range ops[:min(len(ops), 300)] {
			if op%3 == 0 {
				p := Part(op / 3 % 9)
				next++
				q.Push(p, next, -1)
				slow.push(p, next)
			} else if len(replies) > 0 {
				typ := letters[int(replies[i%len(replies)]^op)%len(letters)]
				if typ == 'x' {
					q.CopyEnded()
					slow.copyEnded()
					continue
				}
				want, may := slow.answer(typ)
				owner, _, err := q.Answer(typ, bodyOf(typ))
				if (err == nil) != may || err == nil && owner != want {
					t.Fatalf("%c is for %d, error %v; the slow queue says for %d, and that it may come: %v; parts %v, came %q", typ, owner, err, want, may, slow.parts, slow.came)
				}
				if err != nil {
					return
				}
			}
			if q.Len() != len(slow.parts) {
				t.Fatalf("%d parts are owed, want %d", q.Len(), len(slow.parts))
			}
			if owner, p, ok := q.Head(); ok && (owner != slow.owners[0] || p != slow.parts[0]) {
				t.Fatalf("at the head is %v of %d, want %v of %d", p, owner, slow.parts[0], slow.owners[0])
			}
		}
	})
}

// Room that was made is used, and what is owed meanwhile stays.
func TestQueueGrows(t *testing.T) {
	var q Queue[int]
	q.Push(PartBind, 1, 0)
	q.Push(PartBind, 2, 0)
	if owner, _, err := q.Answer('2', nil); owner != 1 || err != nil {
		t.Fatal(owner, err)
	}
	const n = 5000
	q.Grow(n)
	if got := testing.AllocsPerRun(1, func() {
		for i := range n / 2 { // it is run twice
			q.Push(PartBind, i, 0)
		}
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
	if owner, _, err := q.Answer('2', nil); owner != 2 || err != nil || q.Len() != n {
		t.Errorf("owner %d, %v, %d owed", owner, err, q.Len())
	}
}
