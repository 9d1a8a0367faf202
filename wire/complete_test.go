package wire

import (
	"errors"
	"testing"
)

var completeSamples = []sample{
	{"tag", &CommandComplete{"INSERT 0 1"}, Context{}, "C\x00\x00\x00\x0fINSERT 0 1\x00"},
	{"empty", &CommandComplete{""}, Context{}, "C\x00\x00\x00\x05\x00"},
	{"idle", &ReadyForQuery{TxIdle}, Context{}, "Z\x00\x00\x00\x05I"},
	{"active", &ReadyForQuery{TxActive}, Context{}, "Z\x00\x00\x00\x05T"},
	{"failed", &ReadyForQuery{TxFailed}, Context{}, "Z\x00\x00\x00\x05E"},
	{"a status that does not exist", &ReadyForQuery{0}, Context{}, "Z\x00\x00\x00\x05\x00"},
	{"payload", &NotificationResponse{4711, "jobs", "17"}, Context{}, "A\x00\x00\x00\x10\x00\x00\x12\x67jobs\x0017\x00"},
	{"no payload", &NotificationResponse{0xffffffff, "", ""}, Context{}, "A\x00\x00\x00\x0a\xff\xff\xff\xff\x00\x00"},
}

var completeFlaws = []flaw{
	{"no tag", KindCommandComplete, Context{}, "", "tag", 5, "has no terminating zero byte"},
	{"no end", KindCommandComplete, Context{}, "SELECT 1", "tag", 5, "has no terminating zero byte"},
	{"bytes after the tag", KindCommandComplete, Context{}, "SELECT 1\x00\x00", "end", 14, "1 byte after the last field"},
	{"no status", KindReadyForQuery, Context{}, "", "status", 5, "needs 1 byte, 0 left"},
	{"two of them", KindReadyForQuery, Context{}, "II", "end", 6, "1 byte after the last field"},
	{"no process ID", KindNotificationResponse, Context{}, "\x00\x00", "processID", 5, "needs 4 bytes, 2 left"},
	{"no channel", KindNotificationResponse, Context{}, "\x00\x00\x00\x01jobs", "channel", 9, "has no terminating zero byte"},
	{"no payload", KindNotificationResponse, Context{}, "\x00\x00\x00\x01jobs\x00", "payload", 14, "has no terminating zero byte"},
	{"two payloads", KindNotificationResponse, Context{}, "\x00\x00\x00\x01\x00a\x00b\x00", "end", 12, "2 bytes after the last field"},
}

var completeRefusals = []encodeFlaw{
	{"NUL", &CommandComplete{"SELECT\x001"}, "tag", "contains a NUL byte"},
	{"NUL in the channel", &NotificationResponse{1, "\x00", ""}, "channel", "contains a NUL byte"},
	{"NUL in the payload", &NotificationResponse{1, "c", "a\x00b"}, "payload", "contains a NUL byte"},
}

func TestTagRows(t *testing.T) {
	for _, c := range []struct {
		tag  string
		want int64
	}{
		{"SELECT 1", 1},
		{"INSERT 0 5", 5},
		{"INSERT 12345 1", 1},
		{"UPDATE 0", 0},
		{"COPY 0012", 12},
		{"CREATE TABLE", -1},
		{"LISTEN", -1},
		{"", -1},
		{" ", -1},
		{" 7", 7},
		{"7", -1},
		{"SELECT 1 ", -1},
		{"SELECT -1", -1},
		{"SELECT x1", -1},
		{"SELECT 1x", -1},
		{"SELECT 1\n", -1},
		{"SELECT 999999999999999999", 999999999999999999},
		{"SELECT 1000000000000000000", 1000000000000000000},
		{"SELECT 9223372036854775807", 9223372036854775807},
		{"SELECT 9223372036854775808", -1},
		{"SELECT 9999999999999999999", -1},
		{"SELECT 18446744073709551616", -1},
		{"SELECT 99999999999999999999999999", -1},
		{"SELECT 00000000000000000000000001", 1},
	} {
		if got := TagRows([]byte(c.tag)); got != c.want {
			t.Errorf("TagRows(%q) = %d, want %d", c.tag, got, c.want)
		}
	}
}

func TestReadTag(t *testing.T) {
	body := []byte("INSERT 0 42\x00")
	tag, rows, err := ReadTag(body)
	if string(tag) != "INSERT 0 42" || rows != 42 || err != nil {
		t.Errorf("got %q, %d, %v", tag, rows, err)
	}
	if &tag[0] != &body[0] || cap(tag) != len(tag) {
		t.Error("the tag does not alias the body, or has room beyond its end")
	}
	tag, rows, err = ReadTag([]byte("BEGIN\x00"))
	if string(tag) != "BEGIN" || rows != -1 || err != nil {
		t.Errorf("got %q, %d, %v", tag, rows, err)
	}
	for _, c := range completeFlaws {
		if c.kind != KindCommandComplete {
			continue
		}
		tag, rows, err := ReadTag([]byte(c.body))
		if tag != nil || rows != -1 {
			t.Errorf("%s: got %q, %d", c.name, tag, rows)
		}
		if e, ok := errors.AsType[*SyntaxError](err); !ok || *e != *c.want() {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want())
		}
	}
}
