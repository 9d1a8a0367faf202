package parley

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// Who finds no lane, and then one that was opened just before it began to wait,
// must not wait for the next: there may be none.
func TestLaneThatCameJustNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, _ := modelDB(t, Config{Lanes: 1})
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		if err := db.lanes.await(ctx); err != nil {
			t.Errorf("a lane is there, and yet: %v", err)
		}
	})
}
