package parley

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"parley/internal/sqltext"
	"parley/pgtest"
)

func TestLargeObject(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	data := make([]byte, 3*largeObjectChunk+17)
	r := rand.NewChaCha8([32]byte{7})
	_, _ = r.Read(data)
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		oid, err := tx.CreateLargeObject(t.Context(), 0)
		if err != nil {
			return err
		}
		o, err := tx.OpenLargeObject(t.Context(), oid, LargeObjectReadWrite)
		if err != nil {
			return err
		}
		var _ io.ReadWriteSeeker = o
		if n, err := o.Write(data); err != nil || n != len(data) {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		checkLargeObject(t, o, data)
		if err := o.Truncate(10); err != nil {
			return err
		}
		checkLargeObject(t, o, data[:10])
		if err := o.Close(); err != nil {
			return err
		}
		return tx.RemoveLargeObject(t.Context(), oid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkLargeObject(t *testing.T, o *LargeObject, want []byte) {
	t.Helper()
	if at, err := o.Seek(0, io.SeekEnd); err != nil || at != int64(len(want)) {
		t.Errorf("the end is at %d, %v, want %d", at, err, len(want))
	}
	if at, err := o.Seek(0, io.SeekStart); err != nil || at != 0 {
		t.Errorf("the start is at %d, %v", at, err)
	}
	got, err := io.ReadAll(o)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("read %d bytes, %v, want the %d written", len(got), err, len(want))
	}
	if n, err := o.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d bytes, %v", n, err)
	}
}

func TestLargeObjectErrors(t *testing.T) {
	c := connectRaw(t, pgtest.Start(t, pgtest.Config{}), Config{})
	for _, w := range []struct {
		what string
		code string
		run  func(*Tx) error
	}{
		{"open one that is not there", "42704", func(tx *Tx) error {
			_, err := tx.OpenLargeObject(t.Context(), 4711, LargeObjectRead)
			return err
		}},
		{"remove one that is not there", "42704", func(tx *Tx) error { return tx.RemoveLargeObject(t.Context(), 4711) }},
		{"create one twice", "23505", func(tx *Tx) error {
			for range 2 {
				if _, err := tx.CreateLargeObject(t.Context(), 4712); err != nil {
					return err
				}
			}
			return nil
		}},
		{"write to one opened for reading", "55000", func(tx *Tx) error {
			oid, err := tx.CreateLargeObject(t.Context(), 0)
			if err != nil {
				return err
			}
			o, err := tx.OpenLargeObject(t.Context(), oid, LargeObjectRead)
			if err != nil {
				return err
			}
			_, err = o.Write([]byte("x"))
			return err
		}},
	} {
		err := c.Tx(t.Context(), TxOptions{}, w.run)
		if e, ok := errors.AsType[*ServerError](err); !ok || e.Code != w.code {
			t.Errorf("%s: %v, want SQLSTATE %s", w.what, err, w.code)
		}
	}
	err := c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		oid, err := tx.CreateLargeObject(t.Context(), 0)
		if err != nil {
			return err
		}
		o, err := tx.OpenLargeObject(t.Context(), oid, LargeObjectRead)
		if err != nil {
			return err
		}
		_, err = o.Seek(0, 3)
		return err
	})
	if err == nil {
		t.Error("seeking in a way that does not exist succeeded")
	}
}

// A server that gives more than was asked for does not make the rest disappear.
func TestLargeObjectTooMuch(t *testing.T) {
	server := pgtest.Serve(t, pgtest.ServeConfig{Network: "pipe"}, func(p *pgtest.Peer) {
		if !p.Accept(pgtest.Welcome{}) {
			return
		}
		p.Respond(func(r pgtest.Request) pgtest.Result {
			switch sqltext.FirstWord(r.SQL) {
			case "begin":
				return pgtest.Tag("BEGIN")
			case "rollback":
				return pgtest.Tag("ROLLBACK")
			}
			reply := pgtest.Table([]string{"loread"}, []any{"four"})
			if strings.Contains(r.SQL, "lo_open") {
				reply = pgtest.Table([]string{"lo_open"}, []any{"1"})
				reply.Columns[0].Type = 23 // int4
			}
			reply.ParamTypes = []uint32{23, 23}
			return reply
		})
	})
	c := connectVia(t, server.Dial, "u", "d", Config{})
	_ = c.Tx(t.Context(), TxOptions{}, func(tx *Tx) error {
		o, err := tx.OpenLargeObject(t.Context(), 1, LargeObjectRead)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := o.Read(make([]byte, 4)); n != 4 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		n, err := o.Read(make([]byte, 3))
		if n != 0 {
			t.Errorf("%d bytes were taken", n)
		}
		wantText(t, err, "the server gave 4 bytes where 3 were asked for")
		return err
	})
}
