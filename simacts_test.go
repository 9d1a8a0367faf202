package parley

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The acts of the caller in [TestSimulation] beside single statements and
// batches.

// tx runs statements in a transaction, whose BEGIN may fail.
func (s *simulated) tx(ctx context.Context) error {
	options := TxOptions{Deferrable: s.r.IntN(8) == 0} // fails, says the model
	s.sent["begin"], s.sent["begin deferrable"], s.sent["commit"], s.another = true, true, true, false
	return s.c.Tx(ctx, options, func(tx *Tx) error {
		for range s.r.IntN(4) {
			if err := s.within(ctx, tx); err != nil {
				return err
			}
			s.another = true
		}
		return nil
	})
}

// within does one thing within a transaction.
func (s *simulated) within(ctx context.Context, tx *Tx) error {
	if s.another { // than the first, whose statement can be prepared again
		s.codes = append(s.codes, "26000")
	}
	switch s.r.IntN(7) {
	case 0:
		if tx.parent == nil || tx.parent.parent == nil {
			name := fmt.Sprintf("savepoint parley_%d", tx.root().saved.Load()+1)
			s.sent[name], s.sent["release "+name] = true, true
			_ = tx.Tx(ctx, func(inner *Tx) error { return s.within(ctx, inner) })
		}
		return nil
	case 1:
		sql := s.marker(0, 200)
		rows := tx.Cursor(ctx, 500, sql)
		if s.r.IntN(2) == 0 {
			return s.all(rows, sql)
		}
		rows.Next()
		return rows.Close()
	case 2:
		return s.copyIn(ctx)
	case 3:
		return s.forget(ctx)
	case 4:
		return s.batch(ctx)
	}
	return s.query(ctx, tx, s.marker(0, 10))
}

// prepared uses a statement of the caller's some times, and drops it, unless
// something fails.
func (s *simulated) prepared(ctx context.Context) error {
	sql := s.text("select", 0, 10)
	st, err := s.c.Prepare(ctx, sql)
	if err != nil {
		return err
	}
	for range s.r.IntN(4) {
		if s.r.IntN(4) == 0 {
			_ = s.forget(ctx)
		}
		if err = s.all(st.Query(ctx), sql); err != nil {
			break
		}
	}
	if e := st.Close(s.t.Context()); e != nil && s.c.Alive() {
		s.errorf("closing a statement: %v", e)
	}
	return err
}

// script runs several statements as one text, and checks that each of the
// results is that of its statement.
func (s *simulated) script(ctx context.Context) error {
	var texts []string
	for range 1 + s.r.IntN(4) {
		texts = append(texts, s.text([]string{"select", "select", "notify", "copyout"}[s.r.IntN(4)], 2, 10))
	}
	if s.r.IntN(6) == 0 {
		s.codes = append(s.codes, "57014") // a script sends no data
		texts = append(texts, s.text("copyin", 1, 1))
	}
	sql := strings.Join(texts, "; ")
	s.sent[sql] = true
	results, err := s.c.Script(ctx, sql)
	if err == nil && len(results) != len(texts) {
		s.errorf("%d results of %d statements", len(results), len(texts))
	}
	for i, r := range results {
		w := strings.Fields(texts[i])
		if w[0] == "select" && (strconv.Itoa(len(r.Rows)) != w[2] || r.Tag.String() != "SELECT "+w[2]) || w[0] == "notify" && r.Tag.String() != "NOTIFY" {
			s.errorf("result %d of %q has %d rows and the tag %q", i, texts[i], len(r.Rows), r.Tag)
		}
		for n, row := range r.Rows {
			s.owns([][]byte{[]byte(row[0]), []byte(row[1])}, texts[i], n)
		}
	}
	return err
}

// tide is COPY data: letters in their order, in portions, perhaps with a failure
// in the end.
type tide struct {
	r         *rand.Rand
	at, size  int
	fails     bool
	sometimes time.Duration // how long some reads take
}

var errTide = errors.New("the caller's own")

func tideByte(i int) byte { return byte('a' + i%26) }

func (d *tide) Read(p []byte) (int, error) {
	if d.r.IntN(4) == 0 {
		<-time.After(d.sometimes)
	}
	if d.at == d.size {
		if d.fails {
			return 0, errTide
		}
		return 0, io.EOF
	}
	n := min(len(p), d.size-d.at, 1+d.r.IntN(50_000))
	for i := range n {
		p[i] = tideByte(d.at + i)
	}
	d.at += n
	return n, nil
}

func (s *simulated) copyIn(ctx context.Context) error {
	d := &tide{r: s.r, size: s.r.IntN([]int{10, 2000, 200_000}[s.r.IntN(3)]), fails: s.r.IntN(5) == 0, sometimes: time.Duration(s.r.IntN(2)) * time.Millisecond}
	tag, err := s.c.CopyFrom(ctx, d, s.text("copyin", 2, 1))
	if err == nil && (d.fails || tag.String() != fmt.Sprint("COPY ", d.size)) {
		s.errorf("copied %d bytes (the end fails: %v) with the tag %q", d.size, d.fails, tag)
	}
	return err
}

// brim is a writer that takes so many pieces.
type brim struct {
	bytes.Buffer
	left int
}

func (b *brim) Write(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errTide
	}
	return b.Buffer.Write(p)
}

func (s *simulated) copyOut(ctx context.Context) error {
	sql := s.text("copyout", 2, 300)
	n, _ := strconv.Atoi(strings.Fields(sql)[2])
	to := &brim{left: 1000}
	if s.r.IntN(4) == 0 {
		to.left = s.r.IntN(300)
	}
	tag, err := s.c.CopyTo(ctx, to, sql)
	var want bytes.Buffer
	for i := range n {
		fmt.Fprintf(&want, "%s %d\n", sql, i)
	}
	if got := to.Bytes(); !bytes.HasPrefix(want.Bytes(), got) || err == nil && (len(got) != want.Len() || tag.String() != fmt.Sprint("COPY ", n)) {
		s.errorf("%d of %d bytes were copied, with the tag %q: %q", len(got), want.Len(), tag, got)
	}
	return err
}

// wait makes notifications and takes some: they come in order, and none is lost
// unseen.
func (s *simulated) wait(ctx context.Context) error {
	if _, err := s.c.Exec(ctx, s.text("notify", 10, 6)); err != nil {
		return err
	}
	for range s.r.IntN(5) {
		short, stop := context.WithTimeout(ctx, time.Duration(s.r.IntN(15))*time.Millisecond)
		note, err := s.c.WaitNotification(short)
		stop()
		lost, some := errors.AsType[*LostError](err)
		switch {
		case some:
			s.noted += lost.Count
		case err != nil:
			return err
		default:
			if s.noted++; note.Payload != strconv.Itoa(s.noted) {
				s.errorf("notification %d came where %d was due", len(note.Payload), s.noted)
			}
		}
	}
	return nil
}

// forget has the server lose all prepared statements, with or without a word.
func (s *simulated) forget(ctx context.Context) error {
	if s.r.IntN(2) == 0 {
		s.sent["deallocate all"] = true
		_, err := s.c.Exec(ctx, "deallocate all")
		return err
	}
	_, err := s.c.Exec(ctx, s.text("forget", 0, 0))
	return err
}

// wrongVerb runs a COPY as if it were none, and something else as a COPY.
func (s *simulated) wrongVerb(ctx context.Context) error {
	switch s.r.IntN(3) {
	case 0:
		s.codes = append(s.codes, "57014")
		_, err := s.c.Exec(ctx, s.text("copyin", 1, 1))
		return err
	case 1:
		_, err := s.c.Exec(ctx, s.text("copyout", 1, 20))
		return err
	}
	_, err := s.c.CopyTo(ctx, io.Discard, s.text("select", 1, 5))
	if err != nil && strings.Contains(err.Error(), "is no COPY") {
		return nil
	}
	return err
}
