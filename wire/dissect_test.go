package wire

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

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

// A spread is what Dissect must make of a message: its spans, one a line as
// "start-end name", the messages inside, and the error.
type spread struct {
	name     string
	kind     Kind
	from     Side
	context  Context
	msg      string
	spans    string
	embedded []Kind
	err      *SyntaxError
}

const xlogHead = "w" + lsnBytes + lsnBytes + clockBytes

var spreads = []spread{
	{"whole", KindQuery, Frontend, Context{}, "Q\x00\x00\x00\x06x\x00", `0-1 type
1-5 length
5-7 sql`, nil, nil},
	{"no type byte", KindSSLRequest, Frontend, Context{}, "\x00\x00\x00\x08\x04\xd2\x16\x2f", `0-4 length
4-8 code`, nil, nil},
	{"no header", KindSSLResponse, Backend, Context{}, "S", `0-1 answer`, nil, nil},
	{"empty rest", KindCopyData, Frontend, Context{}, "d\x00\x00\x00\x04", `0-1 type
1-5 length`, nil, nil},
	{"members of a list", KindRowDescription, Backend, Context{}, "T\x00\x00\x00\x1a\x00\x01x\x00" + columnTail[:17] + "\x01", `0-1 type
1-5 length
5-7 columns.count
7-9 columns[0].name
9-13 columns[0].table
13-15 columns[0].attribute
15-19 columns[0].type
19-21 columns[0].typeSize
21-25 columns[0].typeModifier
25-27 columns[0].format`, nil, nil},
	{"list with an end", KindErrorResponse, Backend, Context{}, "E\x00\x00\x00\x0aSx\x00M\x00\x00", `0-1 type
1-5 length
5-6 fields[0].code
6-8 fields[0].value
8-9 fields[1].code
9-10 fields[1].value
10-11 fields.end`, nil, nil},
	{"field before the elements", KindLogicalTruncate, Backend, Context{}, "T\x00\x00\x00\x01\x03\x00\x00\x00\x07", `0-1 type
1-5 relations.count
5-6 options
6-10 relations[0]`, nil, nil},
	{"in a stream", KindLogicalTruncate, Backend, inStream, "T\x00\x00\x02\xe6\x00\x00\x00\x00\x03", `0-1 type
1-5 xid
5-9 relations.count
9-10 options`, nil, nil},
	{"optional row", KindLogicalUpdate, Backend, Context{}, "U\x00\x00\x00\x01K\x00\x01nN\x00\x01t\x00\x00\x00\x01x", `0-1 type
1-5 relation
5-6 old
6-8 old.columns.count
8-9 old.columns[0]
9-10 new
10-12 new.columns.count
12-13 new.columns[0]
13-18 new.columns[0].value`, nil, nil},
	{"optional group", KindStreamAbort, Backend, Context{}, "A" + xidByte + xidByte + lsnBytes + clockBytes, `0-1 type
1-5 xid
5-9 subXID
9-17 abort
17-25 abortTime`, nil, nil},

	{"nothing", KindQuery, Frontend, Context{}, "", "", nil, &SyntaxError{"Query", "header", 0, 0, "needs 5 bytes, 0 left"}},
	{"half a header", KindQuery, Frontend, Context{}, "Q\x00\x00", "0-3 unread", nil, &SyntaxError{"Query", "header", 0, 3, "needs 5 bytes, 3 left"}},
	{"another type", KindQuery, Frontend, Context{}, "P\x00\x00\x00\x05\x00", "0-6 unread", nil, &SyntaxError{"Query", "type", 0, 6, "is not 'Q'"}},
	{"length too great", KindQuery, Frontend, Context{}, "Q\x00\x00\x00\x07x\x00", `0-1 type
1-5 length
5-7 sql`, nil, &SyntaxError{"Query", "length", 1, 7, "says 7 bytes where there are 6"}},
	{"length too small", KindSync, Frontend, Context{}, "S\x00\x00\x00\x03", `0-1 type
1-5 length`, nil, &SyntaxError{"Sync", "length", 1, 5, "says 3 bytes where there are 4"}},
	{"negative length", KindSync, Frontend, Context{}, "S\xff\xff\xff\xff", `0-1 type
1-5 length`, nil, &SyntaxError{"Sync", "length", 1, 5, "says -1 bytes where there are 4"}},
	{"length of a startup message", KindSSLRequest, Frontend, Context{}, "\x00\x00\x00\x09\x04\xd2\x16\x2f", `0-4 length
4-8 code`, nil, &SyntaxError{"SSLRequest", "length", 0, 8, "says 9 bytes where there are 8"}},
	{"the length is the first mistake", KindQuery, Frontend, Context{}, "Q\x00\x00\x00\x09x", `0-1 type
1-5 length
5-6 unread`, nil, &SyntaxError{"Query", "length", 1, 6, "says 9 bytes where there are 5"}},
	{"no such kind", 0, Backend, Context{}, "?\x00\x00\x00\x06ab", `0-1 type
1-5 length
5-7 unread`, nil, &SyntaxError{"message", "type", 0, 7, "no message of the protocol from this sender begins so"}},
	{"no such kind, half a header", kindCount, Backend, Context{}, "?\x00", "0-2 unread", nil,
		&SyntaxError{"message", "type", 0, 2, "no message of the protocol from this sender begins so"}},

	{"COPY data that looks like a log", KindCopyData, Backend, Context{}, "d\x00\x00\x00\x05w", `0-1 type
1-5 length
5-6 data`, nil, nil},
	{"keepalive", KindCopyData, Backend, physical, "d\x00\x00\x00\x16k" + lsnBytes + clockBytes + "\x01", `0-1 type
1-5 length
5-6 PrimaryKeepalive.type
6-14 PrimaryKeepalive.end
14-22 PrimaryKeepalive.clock
22-23 PrimaryKeepalive.reply`, []Kind{KindPrimaryKeepalive}, nil},
	{"a standby has no keepalive", KindCopyData, Frontend, physical, "d\x00\x00\x00\x05k", `0-1 type
1-5 length
5-6 data`, nil, nil},
	{"status update", KindCopyData, Frontend, logical, "d\x00\x00\x00\x26r" + twoLSNs + lsnBytes + clockBytes + "\x00", `0-1 type
1-5 length
5-6 StandbyStatusUpdate.type
6-14 StandbyStatusUpdate.written
14-22 StandbyStatusUpdate.flushed
22-30 StandbyStatusUpdate.applied
30-38 StandbyStatusUpdate.clock
38-39 StandbyStatusUpdate.reply`, []Kind{KindStandbyStatusUpdate}, nil},
	{"log", KindCopyData, Backend, physical, "d\x00\x00\x00\x1f" + xlogHead + "BC", `0-1 type
1-5 length
5-6 XLogData.type
6-14 XLogData.start
14-22 XLogData.end
22-30 XLogData.clock
30-32 XLogData.data`, []Kind{KindXLogData}, nil},
	{"pgoutput", KindCopyData, Backend, logical, "d\x00\x00\x00\x23" + xlogHead + "S" + xidByte + "\x01", `0-1 type
1-5 length
5-6 XLogData.type
6-14 XLogData.start
14-22 XLogData.end
22-30 XLogData.clock
30-31 StreamStart.type
31-35 StreamStart.xid
35-36 StreamStart.first`, []Kind{KindXLogData, KindStreamStart}, nil},
	{"pgoutput in a stream", KindCopyData, Backend, inStream, "d\x00\x00\x00\x29" + xlogHead + "Y" + xidByte + "\x00\x00\x00\x01\x00x\x00", `0-1 type
1-5 length
5-6 XLogData.type
6-14 XLogData.start
14-22 XLogData.end
22-30 XLogData.clock
30-31 Type.type
31-35 Type.xid
35-39 Type.oid
39-40 Type.namespace
40-42 Type.name`, []Kind{KindXLogData, KindLogicalType}, nil},
	{"a plug-in that is not pgoutput", KindCopyData, Backend, logical, "d\x00\x00\x00\x1e" + xlogHead + "{", `0-1 type
1-5 length
5-6 XLogData.type
6-14 XLogData.start
14-22 XLogData.end
22-30 XLogData.clock
30-31 XLogData.data`, []Kind{KindXLogData}, nil},
	{"backup", KindCopyData, Backend, backup, "d\x00\x00\x00\x0ana\x00b\x00", `0-1 type
1-5 length
5-6 NewArchive.type
6-8 NewArchive.name
8-10 NewArchive.tablespace`, []Kind{KindNewArchive}, &SyntaxError{"CopyData", "length", 1, 10, "says 10 bytes where there are 9"}},
	{"mistake inside", KindCopyData, Backend, physical, "d\x00\x00\x00\x0fk" + lsnBytes + "\x00\x00", `0-1 type
1-5 length
5-6 PrimaryKeepalive.type
6-14 PrimaryKeepalive.end
14-16 unread`, []Kind{KindPrimaryKeepalive}, &SyntaxError{"PrimaryKeepalive", "PrimaryKeepalive.clock", 14, 16, "needs 8 bytes, 2 left"}},
	{"bytes after what is inside", KindCopyData, Backend, logical, "d\x00\x00\x00\x1f" + xlogHead + "E!", `0-1 type
1-5 length
5-6 XLogData.type
6-14 XLogData.start
14-22 XLogData.end
22-30 XLogData.clock
30-31 StreamStop.type
31-32 unread`, []Kind{KindXLogData, KindStreamStop}, &SyntaxError{"StreamStop", "end", 31, 32, "1 byte after the last field"}},
	{"log by itself", KindXLogData, Backend, logical, xlogHead + "E", `0-1 type
1-9 start
9-17 end
17-25 clock
25-26 StreamStop.type`, []Kind{KindStreamStop}, nil},
}

func TestDissect(t *testing.T) {
	for _, c := range spreads {
		t.Run(c.kind.String()+"/"+c.name, func(t *testing.T) {
			d := Dissect(c.kind, c.from, []byte(c.msg), c.context)
			checkTiles(t, []byte(c.msg), d)
			var lines []string
			for _, s := range d.Spans {
				lines = append(lines, fmt.Sprintf("%d-%d %s", s.Start, s.End, s.Name))
			}
			if got := strings.Join(lines, "\n"); got != c.spans {
				t.Errorf("got\n%s\nwant\n%s", got, c.spans)
			}
			if !slices.Equal(d.Embedded, c.embedded) {
				t.Errorf("inside are %v, want %v", d.Embedded, c.embedded)
			}
			if (d.Err == nil) != (c.err == nil) || c.err != nil && *d.Err != *c.err {
				t.Errorf("got  %v\nwant %v", d.Err, c.err)
			}
			if d.Kind != c.kind || d.Layout != LayoutOf(c.kind) {
				t.Errorf("the dissection is of %v", d.Kind)
			}
		})
	}
}

// The spans of every sample cut at every byte tile what is left, and up to the
// mistake they are those of the whole.
func TestDissectTruncated(t *testing.T) {
	for _, s := range samples {
		k, from := s.msg.Kind(), sender(s.msg.Kind())
		whole := Dissect(k, from, []byte(s.bytes), s.context)
		for n := range len(s.bytes) {
			msg := []byte(s.bytes[:n])
			d := Dissect(k, from, msg, s.context)
			checkTiles(t, msg, d)
			if d.Err == nil && LayoutOf(k).Envelope != Embedded {
				t.Errorf("%v/%s cut to %d bytes: no error, although the length is wrong", k, s.name, n)
			}
			for i, span := range d.Spans {
				if span.Name == "unread" || span.Field != nil && span.Field.Kind == Rest {
					continue
				}
				if w := whole.Spans[i]; span != w {
					t.Errorf("%v/%s cut to %d bytes: span %d is %+v, want %+v", k, s.name, n, i, span, w)
				}
			}
		}
	}
}

// What a span says of its bytes: Data is behind the length of a value, Int is
// the number, Field is the description.
func TestSpanValues(t *testing.T) {
	msg := mustAppend(t, &Bind{"p", "", []Format{-1}, [][]byte{[]byte("ab"), nil}, nil})
	d := Dissect(KindBind, Frontend, msg, Context{})
	fields := LayoutOf(KindBind).Fields
	for i, want := range []Span{
		{"type", 0, 1, 0, nil, 'B', ""},
		{"length", 1, 5, 1, nil, int64(len(msg) - 1), ""},
		{"portal", 5, 7, 5, &fields[0], 0, ""},
		{"statement", 7, 8, 7, &fields[1], 0, ""},
		{"paramFormats.count", 8, 10, 8, &fields[2], 1, ""},
		{"paramFormats[0]", 10, 12, 10, &fields[2].Elem[0], -1, ""},
		{"params.count", 12, 14, 12, &fields[3], 2, ""},
		{"params[0]", 14, 20, 18, &fields[3].Elem[0], 2, ""},
		{"params[1]", 20, 24, 24, &fields[3].Elem[0], -1, ""},
		{"resultFormats.count", 24, 26, 24, &fields[4], 0, ""},
	} {
		got := d.Spans[i]
		got.Doc = ""
		if got != want {
			t.Errorf("span %d: got %+v, want %+v", i, got, want)
		}
	}
}

// Integers are shown with the sign that the layout gives them.
func TestSpanSigns(t *testing.T) {
	for _, c := range []struct {
		msg  Message
		name string
		want int64
	}{
		{&Execute{"", -1}, "maxRows", -1},
		{&Execute{"", -2147483648}, "maxRows", -2147483648},
		{&FunctionCall{Function: 0xffffffff}, "function", 4294967295},
		{&FunctionCall{ResultFormat: -32768}, "resultFormat", -32768},
		{&BackendKeyData{0x80000000, []byte("0123")}, "processID", 2147483648},
		{&CopyOutResponse{0xff, nil}, "format", 255},
		{&ReadyForQuery{0xff}, "status", 255},
		{&ProgressReport{-1}, "done", -1},
		{&PrimaryKeepalive{0xffffffffffffffff, -5, true}, "end", -1}, // as an LSN it is the greatest
		{&PrimaryKeepalive{0, -5, true}, "clock", -5},
		{&PrimaryKeepalive{0, 0, true}, "reply", 1},
		{&RowDescription{[]Column{{TypeSize: -2}}}, "columns[0].typeSize", -2},
		{&RowDescription{[]Column{{Type: 0xfffffffe}}}, "columns[0].type", 4294967294},
	} {
		d := Dissect(c.msg.Kind(), sender(c.msg.Kind()), mustAppend(t, c.msg), Context{})
		found := false
		for _, s := range d.Spans {
			if s.Name == c.name {
				found = true
				if s.Int != c.want {
					t.Errorf("%v: %s is %d, want %d", c.msg.Kind(), c.name, s.Int, c.want)
				}
			}
		}
		if !found {
			t.Errorf("%v: there is no %s", c.msg.Kind(), c.name)
		}
	}
}

// Dissect keeps no hold of the context or the kind of the message before.
func TestDissectIsRepeatable(t *testing.T) {
	for _, s := range samples {
		k, from := s.msg.Kind(), sender(s.msg.Kind())
		first := Dissect(k, from, []byte(s.bytes), s.context)
		again := Dissect(k, from, []byte(s.bytes), s.context)
		if !slices.Equal(first.Spans, again.Spans) || first.Err != nil {
			t.Errorf("%v/%s: dissected differently the second time, or not at all: %v", k, s.name, first.Err)
		}
	}
}
