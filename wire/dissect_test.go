package wire

import "testing"

// checkTiles expects spans that cover the message without gap or overlap, each
// of at least one byte.
func checkTiles(t testing.TB, msg []byte, d Dissection) {
	t.Helper()
	at := 0
	for _, s := range d.Spans {
		if s.Start != at || s.End <= s.Start || s.Data < s.Start || s.Data > s.End {
			t.Errorf("%v: span %q from %d to %d, data at %d, where %d is next", d.Kind, s.Name, s.Start, s.End, s.Data, at)
		}
		if s.Name == "" || s.Doc == "" {
			t.Errorf("%v: the span at byte %d has the name %q and says %q", d.Kind, s.Start, s.Name, s.Doc)
		}
		at = s.End
	}
	if at != len(msg) {
		t.Errorf("%v: the spans end at %d of %d", d.Kind, at, len(msg))
	}
}

// FuzzDissect takes any bytes apart as any kind, at any place of a conversation.
func FuzzDissect(f *testing.F) {
	for _, s := range samples {
		f.Add(byte(s.msg.Kind()), byte(sender(s.msg.Kind())), byte(s.context.Payload), s.context.Streamed, []byte(s.bytes))
		if outer := LayoutOf(s.msg.Kind()); outer.Envelope == Embedded {
			f.Add(byte(KindCopyData), byte(outer.From), byte(s.context.Payload), s.context.Streamed, wrap(s))
		}
	}
	f.Fuzz(func(t *testing.T, kind, from, payload byte, streamed bool, msg []byte) {
		c := Context{Payload: Payload(payload % 5), Streamed: streamed}
		checkDissection(t, Kind(kind), Side(from%4), msg, c)
		checkDissection(t, KindCopyData, Side(from%4), frame(KindCopyData, msg), c)
		checkDissection(t, Identify(Side(from%4), kind, msg, c), Side(from%4), msg, c)
	})
}

func checkDissection(t *testing.T, k Kind, from Side, msg []byte, c Context) {
	t.Helper()
	d := Dissect(k, from, msg, c)
	checkTiles(t, msg, d)
	if d.Kind != k || d.Layout != LayoutOf(k) {
		t.Errorf("%v: the dissection is of %v, layout %v", k, d.Kind, d.Layout)
	}
	unread := len(d.Spans) > 0 && d.Spans[len(d.Spans)-1].Name == "unread"
	if d.Err == nil {
		if unread || d.Layout == nil {
			t.Errorf("%v: bytes were not read, and there is no error", k)
		}
	} else if e := d.Err; e.Field == "" || e.Problem == "" || e.Offset < 0 || e.Offset > len(msg) || e.Size != len(msg) {
		t.Errorf("%v of %d bytes: no good place: %+v", k, len(msg), *e)
	}
	for _, inner := range d.Embedded {
		if l := LayoutOf(inner); l == nil || l.Envelope != Embedded || l.From != from && k == KindCopyData {
			t.Errorf("%v from the %v holds %v", k, from, inner)
		}
	}
}

// wrap puts a message of a replication stream into what carries it.
func wrap(s sample) []byte {
	data := []byte(s.bytes)
	if s.context.Payload == PayloadLogical {
		x := XLogData{Start: 1, End: 2, Clock: 3, Data: data}
		data, _ = x.Append(nil)
	}
	msg, _ := (&CopyData{data}).Append(nil)
	return msg
}
