package parley

import "parley/wire"

// Tag is a command tag: what a statement did, and for many statements how many
// rows it concerned.
type Tag struct {
	text string
	rows int64
}

// parseTag reads the body of a CommandComplete.
func parseTag(body []byte) (Tag, error) {
	text, rows, err := wire.ReadTag(body)
	if err != nil {
		return Tag{}, err
	}
	return Tag{string(text), rows}, nil
}

// String returns the tag as the server sent it: "UPDATE 3".
func (t Tag) String() string { return t.text }

// Rows returns how many rows were returned or changed; 0 when the tag has no
// number.
func (t Tag) Rows() int64 { return max(t.rows, 0) }
