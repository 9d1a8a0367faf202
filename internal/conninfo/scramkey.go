package conninfo

import (
	"encoding/base64"
	"strings"
)

// scramKeyLen is the length of a SCRAM-SHA-256 key.
const scramKeyLen = 32

// scramKey decodes a SCRAM key. As in PostgreSQL's decoder, space may stand
// anywhere in the base64. The error says nothing about the key but its length.
func scramKey(o *Options, keyword string) ([]byte, error) {
	text, given := o.Get(keyword)
	if !given {
		return nil, nil
	}
	text = strings.NewReplacer(" ", "", "\t", "", "\n", "", "\r", "").Replace(text)
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fail(o.Source(keyword), keyword, "%s is not base64", keyword)
	}
	if len(key) != scramKeyLen {
		return nil, fail(o.Source(keyword), keyword, "%s holds %d bytes, want %d", keyword, len(key), scramKeyLen)
	}
	return key, nil
}
