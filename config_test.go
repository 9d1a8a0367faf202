package parley

import (
	"runtime"
	"testing"
	"time"
)

// The sizes of a DB can be given in the connection string; fields count before
// it, and 0 there turns a thing off.
func TestDBKeywords(t *testing.T) {
	c := Config{MaxConns: 7, ConnString: "host=x parley.lanes=3 parley.max_conns=9 parley.min_idle=2 parley.max_lifetime=1m parley.max_idle_time=0s " +
		"parley.reconnect_timeout=250ms parley.grouping=writes parley.flights=5 parley.max_group=6 parley.max_wait=2s"}
	if _, err := c.resolve(); err != nil {
		t.Fatal(err)
	}
	if c.lanes() != 3 || c.maxConns() != 7 || c.minIdle() != 2 || c.maxLifetime() != time.Minute || c.maxIdleTime() != 0 ||
		c.reconnectTimeout() != 250*time.Millisecond || c.Grouping != GroupWrites || c.flights() != 5 || c.maxGroup() != 6 || c.MaxWait != 2*time.Second {
		t.Errorf("%+v", c)
	}
	for _, s := range []string{"parley.grouping=all", "parley.lanes=many", "parley.max_lifetime=long", "parley.lane=1"} {
		c := Config{ConnString: "host=x " + s}
		_, err := c.resolve()
		wantText(t, err, "parley.")
	}
	none := Config{ConnString: "host=x parley.lanes=0 parley.grouping=none"}
	if _, err := none.resolve(); err != nil || none.lanes() >= 0 || none.Grouping != GroupNone {
		t.Errorf("%d lanes, grouping %v, %v", none.lanes(), none.Grouping, err)
	}
}

// The zero Config has the defaults that its documentation names.
func TestDBDefaults(t *testing.T) {
	var c Config
	if c.lanes() != min(max(2, runtime.GOMAXPROCS(0)/2), 8) || c.maxConns() != max(4, 2*runtime.GOMAXPROCS(0)) || c.minIdle() != 0 ||
		c.maxLifetime() != time.Hour || c.maxIdleTime() != 30*time.Minute || c.reconnectTimeout() != 5*time.Second ||
		c.Grouping != GroupReads || c.flights() != 3 || c.maxGroup() != 128 {
		t.Errorf("%d lanes, %d connections", c.lanes(), c.maxConns())
	}
	off := Config{Lanes: -1, MaxConns: -1, MinIdle: -1, MaxLifetime: -1, MaxIdleTime: -1, ReconnectTimeout: -1}
	if off.lanes() >= 0 || off.maxConns() < 4 || off.minIdle() != 0 || off.maxLifetime() != 0 || off.maxIdleTime() != 0 || off.reconnectTimeout() != 0 {
		t.Errorf("%+v", off)
	}
}
