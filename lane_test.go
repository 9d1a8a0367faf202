package parley

import (
	"testing"
	"testing/synctest"
)

// only returns the one lane of a DB.
func (db *DB) only(t *testing.T) *lane {
	t.Helper()
	all := *db.lanes.all.Load()
	if len(all) != 1 {
		t.Fatalf("there are %d lanes, want one", len(all))
	}
	return all[0]
}

// Who has written a flight that was answered already must not give the lane to
// the next who wants it for itself, while the reader has the turn still.
func TestLaneIsGrantedWithTheTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1})
		l := db.only(t)
		l.mu.Lock()
		l.turn, l.writing = true, true // a reader has read all, a writer is about to return
		l.mu.Unlock()
		got := make(chan callOutcome, 1)
		go func() {
			out, _ := l.seize(t.Context(), db.calls.get())
			got <- out
		}()
		synctest.Wait()
		if f := l.landed(); f.groups != 0 {
			t.Fatal("something was written")
		}
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("the lane was given away while somebody else had the turn")
		default:
		}
		l.leave()
		synctest.Wait()
		if out := <-got; out != outcomeGranted {
			t.Errorf("outcome %d", out)
		}
		l.mu.Lock()
		if !l.turn || !l.sole {
			t.Errorf("turn %v, sole %v while somebody has the lane", l.turn, l.sole)
		}
		l.mu.Unlock()
		l.release()
	})
}
