package pgtype

import (
	"strconv"

	"parley/internal/pgcodec"
)

// TSQuery is what a text search looks for: words and operators in the order of
// the server, which is an operator before its right operand before its left
// one. An empty TSQuery finds nothing.
type TSQuery []TSItem

// TSItem is a word or an operator of a [TSQuery].
type TSItem struct {
	Op       TSOp
	Distance uint16 // of TSPhrase: how many words apart
	Word     string // of TSWord, as the fields that follow
	Prefix   bool   // also words that start so
	Weights  uint8  // bits of the [Weight] values to look at; 0 for all
}

// TSOp is an operator of a [TSQuery], or TSWord.
type TSOp uint8

// The operators, numbered as in the binary form.
const (
	TSWord   TSOp = iota
	TSNot         // !
	TSAnd         // &
	TSOr          // |
	TSPhrase      // <->
)

// maxQueryDepth bounds the nesting of a query. The server's own stack bounds
// it too.
const maxQueryDepth = 10_000

// tsPriority tells which operators bind closer; a word never needs parentheses.
var tsPriority = [...]int{TSWord: 5, TSNot: 4, TSAnd: 2, TSOr: 1, TSPhrase: 3}

// String returns the query as the server prints it: 'fat' & !( 'cat' | 'rat' ).
// Of a query that is no tree it returns nothing.
func (q TSQuery) String() string {
	b, _ := q.AppendText(nil)
	return string(b)
}

// AppendText appends String.
func (q TSQuery) AppendText(dst []byte) ([]byte, error) {
	if len(q) == 0 {
		return dst, nil
	}
	ends, ok := q.ends()
	if !ok {
		return dst, ErrRange
	}
	w := tsWriter{dst: dst, q: q, ends: ends}
	w.write(0, 0, false)
	return w.dst, nil
}

// ends finds for each item the one after its operands, and tells whether the
// items are one tree, not too deep.
func (q TSQuery) ends() (ends []int, ok bool) {
	ends = make([]int, len(q))
	depths := make([]int, len(q))
	for i := len(q) - 1; i >= 0; i-- {
		end := i + 1
		for range q[i].operands() {
			if end >= len(q) {
				return nil, false
			}
			depths[i] = max(depths[i], depths[end]+1)
			end = ends[end]
		}
		ends[i] = end
		if depths[i] > maxQueryDepth {
			return nil, false
		}
	}
	return ends, len(q) == 0 || ends[0] == len(q)
}

func (i TSItem) operands() int {
	switch i.Op {
	case TSWord:
		return 0
	case TSNot:
		return 1
	}
	return 2
}

func (i TSItem) priority() int {
	if int(i.Op) < len(tsPriority) {
		return tsPriority[i.Op]
	}
	return 0
}

// tsWriter writes operands around their operators, with parentheses exactly
// where the server writes some.
type tsWriter struct {
	dst  []byte
	q    TSQuery
	ends []int
}

func (w *tsWriter) write(at, parent int, rightOfPhrase bool) {
	item := w.q[at]
	priority := item.priority()
	group := priority < parent || item.Op == TSPhrase && rightOfPhrase
	if group {
		w.dst = append(w.dst, "( "...)
	}
	switch item.Op {
	case TSWord:
		w.word(item)
	case TSNot:
		w.dst = append(w.dst, '!')
		w.write(at+1, priority, false)
	default:
		w.write(w.ends[at+1], priority, false)
		w.operator(item)
		w.write(at+1, priority, item.Op == TSPhrase)
	}
	if group {
		w.dst = append(w.dst, " )"...)
	}
}

func (w *tsWriter) operator(item TSItem) {
	switch {
	case item.Op == TSAnd:
		w.dst = append(w.dst, " & "...)
	case item.Op == TSOr:
		w.dst = append(w.dst, " | "...)
	case item.Distance == 1:
		w.dst = append(w.dst, " <-> "...)
	default:
		w.dst = strconv.AppendUint(append(w.dst, " <"...), uint64(item.Distance), 10)
		w.dst = append(w.dst, "> "...)
	}
}

func (w *tsWriter) word(item TSItem) {
	w.dst = appendLexeme(w.dst, item.Word)
	if !item.Prefix && item.Weights == 0 {
		return
	}
	w.dst = append(w.dst, ':')
	if item.Prefix {
		w.dst = append(w.dst, '*')
	}
	for i := WeightA + 1; i > 0; i-- {
		if item.Weights&(1<<(i-1)) != 0 {
			w.dst = append(w.dst, "DCBA"[i-1])
		}
	}
}

// MarshalText returns String.
func (q TSQuery) MarshalText() ([]byte, error) { return q.AppendText(nil) }

// UnmarshalText reads what the server prints.
func (q *TSQuery) UnmarshalText(text []byte) error {
	p := tsParser{lexer: lexer{src: text}}
	p.space()
	if p.done() {
		*q = TSQuery{}
		return nil
	}
	p.expr(1)
	p.space()
	if p.bad || !p.done() {
		return badText("tsquery")
	}
	*q = p.prefix()
	return nil
}

// AppendPG implements [Marshaler].
func (q TSQuery) AppendPG(dst []byte, t *Type, f Format) ([]byte, error) {
	if f, err := writes(t, f, pgcodec.OIDTSQuery); err != nil {
		return dst, err
	} else if f == Text {
		return q.AppendText(dst)
	}
	if len(q) == 0 {
		return dst, ErrFormat // the server sends an empty query but takes none
	}
	if _, ok := q.ends(); !ok {
		return dst, ErrRange
	}
	dst = appendInt32(dst, int32(len(q)))
	for _, i := range q {
		if i.Op > TSPhrase || hasZero(i.Word) || i.Weights > 15 {
			return dst, ErrRange
		}
		dst = i.append(dst)
	}
	return dst, nil
}

// The kinds of items in the binary form.
const (
	itemWord     = 1
	itemOperator = 2
)

func (i TSItem) append(dst []byte) []byte {
	if i.Op != TSWord {
		dst = append(dst, itemOperator, byte(i.Op))
		if i.Op == TSPhrase {
			dst = appendInt16(dst, int16(i.Distance))
		}
		return dst
	}
	prefix := byte(0)
	if i.Prefix {
		prefix = 1
	}
	dst = append(dst, itemWord, i.Weights, prefix)
	return append(append(dst, i.Word...), 0)
}

// ScanPG implements [Unmarshaler].
func (q *TSQuery) ScanPG(src []byte, t *Type, f Format) error {
	if f, err := reads(t, f, pgcodec.OIDTSQuery); err != nil {
		return err
	} else if f == Text {
		return q.UnmarshalText(src)
	}
	r := reader{src: src}
	got := make(TSQuery, r.count(2))
	for i := range got {
		got[i] = r.tsItem()
	}
	if err := r.end("tsquery"); err != nil {
		return err
	}
	if _, ok := got.ends(); !ok {
		return badForm("tsquery")
	}
	*q = got
	return nil
}

func (r *reader) tsItem() (i TSItem) {
	switch r.byte() {
	case itemWord:
		i.Weights = r.byte()
		prefix := r.byte()
		i.Prefix = prefix == 1
		i.Word = r.cstring()
		r.bad = r.bad || i.Weights > 15 || prefix > 1
	case itemOperator:
		i.Op = TSOp(r.byte())
		if i.Op == TSPhrase {
			i.Distance = uint16(r.int16())
		}
		r.bad = r.bad || i.Op == TSWord || i.Op > TSPhrase
	default:
		r.bad = true
	}
	return i
}

// tsParser reads a query into items in postfix order, left operand first.
type tsParser struct {
	lexer
	depth int
	items []TSItem
}

// prefix returns the items as the server has them: the postfix order read
// backwards is an operator, its right operand, its left operand.
func (p *tsParser) prefix() TSQuery {
	q := make(TSQuery, len(p.items))
	for i, item := range p.items {
		q[len(q)-1-i] = item
	}
	return q
}

// expr reads operands with operators that bind at least as close as least;
// those of equal priority group to the left.
func (p *tsParser) expr(least int) {
	if p.depth++; p.depth > maxQueryDepth {
		p.bad = true
	}
	defer func() { p.depth-- }()
	p.operand()
	for !p.bad {
		p.space()
		start := p.at
		op, ok := p.operator()
		if !ok || op.priority() < least {
			p.at = start
			return
		}
		p.expr(op.priority() + 1)
		p.items = append(p.items, op)
	}
}

func (p *tsParser) operand() {
	p.space()
	switch {
	case p.bad:
	case p.take('!'):
		if p.depth++; p.depth > maxQueryDepth {
			p.bad = true
			return
		}
		p.operand()
		p.depth--
		p.items = append(p.items, TSItem{Op: TSNot})
	case p.take('('):
		p.expr(1)
		p.space()
		p.bad = p.bad || !p.take(')')
	default:
		p.items = append(p.items, p.item())
	}
}

func (p *tsParser) item() TSItem {
	i := TSItem{Word: p.word()}
	if !p.take(':') {
		return i
	}
	start := p.at
	i.Prefix = p.take('*')
	for w := int(WeightA); w >= 0; w-- {
		if p.take("DCBA"[w]) {
			i.Weights |= 1 << w
		}
	}
	p.bad = p.bad || p.at == start
	return i
}

func (p *tsParser) operator() (i TSItem, ok bool) {
	switch {
	case p.take('&'):
		return TSItem{Op: TSAnd}, true
	case p.take('|'):
		return TSItem{Op: TSOr}, true
	case !p.take('<'):
		return i, false
	}
	i = TSItem{Op: TSPhrase, Distance: 1}
	if !p.take('-') {
		i.Distance = uint16(p.number(maxPosition + 1))
	}
	return i, p.take('>')
}
