package pgtest

import (
	"io"
	"os"
	"strings"
)

// tailSize is how much of a log is looked at for an error message.
const tailSize = 16 << 10

// tail is the last n lines of text, indented to stand below an error's first line.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	lines = lines[max(0, len(lines)-n):]
	return "  " + strings.Join(lines, "\n  ")
}

// readEnd is the text of a file from offset on, but no more than its last size
// bytes; what cannot be read is "".
func readEnd(path string, offset, size int64) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	if _, err := f.Seek(max(offset, info.Size()-size), io.SeekStart); err != nil {
		return ""
	}
	text, _ := io.ReadAll(io.LimitReader(f, size))
	return string(text)
}

// sizeOfFile is the length of the file at path, 0 if there is none.
func sizeOfFile(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
