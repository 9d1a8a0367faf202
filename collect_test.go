package parley

import (
	"errors"
	"testing"

	"parley/pgtest"
	"parley/wire"
)

// counter is a taker that counts.
type counter struct {
	begun, rows, columns int
	fail                 error
}

func (k *counter) begin(d *description, _ []wire.Format) error {
	k.begun, k.columns = k.begun+1, len(d.columns)
	return nil
}

func (k *counter) row(body []byte) error {
	k.rows++
	row := wire.ReadRow(body)
	for _, ok := row.Next(); ok; _, ok = row.Next() {
	}
	if row.Err() != nil {
		return row.Err()
	}
	return k.fail
}

// A sink gets every row once, after what they are like; its error ends the
// reading and leaves the connection as it was.
func TestCollect(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for range 2 {
		var k counter
		tag, err := c.collect(t.Context(), "select i, 'x' from generate_series(1, $1::int) i", []any{1000}, &sink{taker: &k})
		if err != nil || k != (counter{begun: 1, rows: 1000, columns: 2}) || tag.Rows() != 1000 {
			t.Errorf("%+v, %v, %v", k, tag, err)
		}
	}
	var none counter
	if _, err := c.collect(t.Context(), "select 1 where false", nil, &sink{taker: &none}); err != nil || none.rows != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	k := counter{fail: errors.New("enough")}
	if _, err := c.collect(t.Context(), "select generate_series(1, 10)", nil, &sink{taker: &k}); err != k.fail || k.rows != 1 {
		t.Errorf("%+v, %v", k, err)
	}
	_, err := c.collect(t.Context(), "select 1/0", nil, &sink{taker: &k})
	wantCode(t, err, "22012")
	err = c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		k = counter{}
		_, err := tx.collect(t.Context(), "select 1", nil, &sink{taker: &k})
		return err
	})
	if err != nil || k.rows != 1 {
		t.Errorf("in a transaction: %+v, %v", k, err)
	}
	checkAlive(t, c)
}
