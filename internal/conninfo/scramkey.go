package conninfo

import (
	"encoding/base64"
	"strings"
)

// scramKeyLen is the length of a SCRAM-SHA-256 key.
const scramKeyLen = 32

// scramKey decodes a SCRAM key. The base64 may hold no white space, not even the line
// ends that Go's decoder skips. The error says nothing about the key but its length.
func scramKey(o *Options, keyword string) (Secret, error) {
	text, given := o.Get(keyword)
	if !given {
		return "", nil
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return "", fail(o.Source(keyword), keyword, "%s is not base64", keyword)
	}
	if len(key) != scramKeyLen {
		return "", fail(o.Source(keyword), keyword, "%s holds %d bytes, want %d", keyword, len(key), scramKeyLen)
	}
	return Secret(key), nil
}
