package scan

import (
	"testing"
)

// FuzzCopyForms: what a server sends as COPY is checked before it is believed.
func FuzzCopyForms(f *testing.F) {
	f.Add([]byte(copyMagic + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01x\xff\xff"))
	f.Add([]byte("a\\tb\t\\N\t\\\\"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := CopyHeader(b); n > len(b) || n > 0 && err != nil {
			t.Errorf("a header of %d bytes in %d, %v", n, len(b), err)
		}
		if n, _, err := TupleSize(b); n > len(b) || n > 0 && err != nil {
			t.Errorf("a tuple of %d bytes in %d, %v", n, len(b), err)
		}
		row, ok := AppendLine(nil, b)
		if n, end, err := TupleSize(row); ok && (n != len(row) || end || err != nil) {
			t.Errorf("the line %q is the row % x", b, row)
		}
	})
}

func TestCopyForms(t *testing.T) {
	whole := copyMagic + "\x00\x00\x00\x00\x00\x00\x00\x02xx"
	for n := range len(whole) {
		if got, err := CopyHeader([]byte(whole[:n])); got != 0 || err != nil {
			t.Errorf("%d bytes of a header: %d, %v", n, got, err)
		}
	}
	if n, err := CopyHeader([]byte(whole + "more")); n != len(whole) || err != nil {
		t.Errorf("a header: %d, %v", n, err)
	}
	for _, bad := range []string{"X", copyMagic + "\x00\x01\x00\x00\x00\x00\x00\x00", copyMagic + "\x00\x00\x00\x00\xff\xff\xff\xff"} {
		if n, err := CopyHeader([]byte(bad)); err == nil {
			t.Errorf("%q is a header of %d bytes", bad, n)
		}
	}
	for _, bad := range []string{"\xff\xfe", "\x00\x01\xff\xff\xff\xfe"} {
		if n, _, err := TupleSize([]byte(bad)); err == nil {
			t.Errorf("%q is a tuple of %d bytes", bad, n)
		}
	}
	for _, bad := range []string{`a\`, "x\ta\\"} {
		if _, ok := AppendLine(nil, []byte(bad)); ok {
			t.Errorf("%q is a line", bad)
		}
	}
}
