package parley

// Tag is a command tag: what a statement did, and for many statements how many
// rows it concerned.
type Tag struct {
	text string
	rows int64
}

// String returns the tag as the server sent it: "UPDATE 3".
func (t Tag) String() string { return t.text }

// Rows returns how many rows were returned or changed; 0 when the tag has no
// number.
func (t Tag) Rows() int64 { return max(t.rows, 0) }
