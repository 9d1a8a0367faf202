package conninfo

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted stands for a secret wherever one would be shown.
const redacted = "********"

// Secret is text that prints as asterisks with every verb of package fmt, in
// slog and in JSON. Convert it to string to use it.
type Secret string

// Format writes asterisks, or nothing when the secret is empty.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// String returns asterisks, or "" when the secret is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// LogValue returns what String does.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText returns what String does.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Redact returns a connection string with its secrets replaced, for logs. A
// string that does not parse is not shown at all.
func Redact(connString string) string {
	o, err := Parse(connString)
	if err != nil {
		return "(unreadable connection string)"
	}
	return o.String()
}
