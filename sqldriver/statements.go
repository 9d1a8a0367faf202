package sqldriver

import (
	"sync"
	"sync/atomic"

	"parley/internal/sqltext"
)

// statements remembers how texts are to be run. It is safe for concurrent use.
type statements struct {
	byText sync.Map // string -> how
	count  atomic.Int64
}

// maxTexts is how many texts are remembered, and maxText how long one may be:
// beyond that a program makes them up as it goes.
const (
	maxTexts = 4096
	maxText  = 16 << 10
)

// how is how a text is run.
type how struct {
	shared  bool // as a statement that needs no session
	several bool // it may have several statements
	writes  bool // it is an INSERT, UPDATE, DELETE or MERGE
	past    bool // it asks what the session has done before
}

func (s *statements) look(query string) how {
	if v, ok := s.byText.Load(query); ok {
		return v.(how)
	}
	h := judge(query)
	if len(query) > maxText {
		return h
	}
	if s.count.Add(1) > maxTexts {
		s.byText.Clear()
		s.count.Store(1)
	}
	s.byText.Store(query, h)
	return h
}

// judge looks at a text. A SELECT that calls a function of the user may set
// something that the next statement on an *sql.Conn relies on; INSERT, UPDATE,
// DELETE and MERGE are not used for that.
func judge(query string) how {
	h := how{several: sqltext.Several(query), past: sqltext.AsksPast(query)}
	switch t := sqltext.Classify(query); t.Kind {
	case sqltext.Read:
		h.shared = !sqltext.ShowsSession(query)
	case sqltext.Write:
		switch sqltext.FirstWord(query) {
		case "insert", "update", "delete", "merge":
			h.shared, h.writes = !sqltext.ShowsSession(query), true
		}
	}
	return h
}
