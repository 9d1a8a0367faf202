package conninfo

import "strings"

// uriParser reads the URI form:
//
//	prefix [ user [ ":" password ] "@" ] host { "," host } [ "/" dbname ] [ "?" params ]
//	host   = [ name | "[" address "]" ] [ ":" port ]
//	params = name "=" value { "&" name "=" value } [ "&" ]
//
// There is a user part only when an "@" comes before the first "/", and it ends
// at the first "@". "#" and "+" are ordinary. Everything may be
// percent-encoded except the prefix and the separators. An empty part is
// not given; an empty value of a parameter is.
type uriParser struct {
	o    *Options
	s    string
	i    int  // invariant: 0 <= i <= len(s)
	hide bool // what follows may be part of a secret
}

func (p *uriParser) at(i int) Source { return Source{Kind: FromURI, Pos: i} }

func (p *uriParser) parse(start int) error {
	p.i = start
	if err := p.userinfo(); err != nil {
		return err
	}
	if err := p.hosts(); err != nil {
		return err
	}
	if p.i < len(p.s) && p.s[p.i] == '/' {
		p.i++
		name, at := p.until("?")
		if err := p.component("dbname", name, at); err != nil {
			return err
		}
	}
	if p.i == len(p.s) {
		return nil
	}
	p.i++ // the question mark
	return p.params()
}

// until returns the text up to one of the stops, or the end, and where it begins.
func (p *uriParser) until(stops string) (string, int) {
	start := p.i
	if n := strings.IndexAny(p.s[start:], stops); n >= 0 {
		p.i += n
	} else {
		p.i = len(p.s)
	}
	return p.s[start:p.i], start
}

// component stores a decoded part of the URI unless it is empty.
func (p *uriParser) component(keyword, text string, at int) error {
	if text == "" {
		return nil
	}
	value, err := p.decode(keyword, text, func(i int) int { return at + i })
	if err != nil {
		return err
	}
	return p.o.store(keyword, value, p.at(at))
}

func (p *uriParser) userinfo() error {
	rest := p.s[p.i:]
	end := strings.IndexAny(rest, "@/")
	if end < 0 || rest[end] == '/' {
		// A password with a bare "/" ends up here, cut to pieces.
		p.hide = strings.IndexByte(rest, '@') >= 0
		return nil
	}
	p.hide = true
	start := p.i
	user, password, _ := strings.Cut(rest[:end], ":")
	p.i += end + 1
	if err := p.component("user", user, start); err != nil {
		return err
	}
	return p.component("password", password, start+len(user)+1)
}

// hosts reads the host list. The names and the ports become one list each, of
// equal length, joined by commas; a list of nothing but empty ports is
// stored all the same when it has a comma, which is how libpq counts.
func (p *uriParser) hosts() error {
	var hosts, ports pieces
	for {
		name, at, err := p.hostName()
		if err != nil {
			return err
		}
		hosts.add(name, at)
		if p.peek() == ':' {
			p.i++
			ports.add(p.until("/?,"))
		}
		if p.peek() != ',' {
			break
		}
		hosts.add(",", p.i)
		ports.add(",", p.i)
		p.i++
	}
	if err := p.list("host", &hosts); err != nil {
		return err
	}
	return p.list("port", &ports)
}

// peek returns the next byte, or 0 at the end.
func (p *uriParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

// hostName reads one name up to its port, or an address in brackets.
func (p *uriParser) hostName() (string, int, error) {
	if p.peek() != '[' {
		name, at := p.until(":/?,")
		return name, at, nil
	}
	bracket := p.i
	p.i++
	addr, at := p.until("]")
	if p.i == len(p.s) {
		return "", 0, fail(p.at(bracket), "host", "ipv6 address has no closing bracket")
	}
	if addr == "" {
		return "", 0, fail(p.at(bracket), "host", "ipv6 address is empty")
	}
	p.i++
	if p.i < len(p.s) && strings.IndexByte(":/?,", p.s[p.i]) < 0 {
		return "", 0, fail(p.at(p.i), "host", "unexpected character after an ipv6 address, want one of : / ? ,")
	}
	return addr, at, nil
}

// pieces collects text from several places of the URI.
type pieces struct {
	text strings.Builder
	at   []int // where each byte of text came from
}

func (b *pieces) add(text string, at int) {
	b.text.WriteString(text)
	for i := range len(text) {
		b.at = append(b.at, at+i)
	}
}

func (p *uriParser) list(keyword string, list *pieces) error {
	if list.text.Len() == 0 {
		return nil
	}
	value, err := p.decode(keyword, list.text.String(), func(i int) int { return list.at[i] })
	if err != nil {
		return err
	}
	return p.o.store(keyword, value, p.at(list.at[0]))
}

// params reads the query.
func (p *uriParser) params() error {
	for p.i < len(p.s) {
		param, start := p.until("&")
		if p.i < len(p.s) {
			p.i++
		}
		if err := p.param(param, start); err != nil {
			return err
		}
	}
	return nil
}

func (p *uriParser) param(param string, start int) error {
	rawName, rawValue, found := strings.Cut(param, "=")
	if !found {
		return fail(p.at(start), "", "missing \"=\" in a query parameter")
	}
	valueAt := start + len(rawName) + 1
	if i := strings.IndexByte(rawValue, '='); i >= 0 {
		return fail(p.at(valueAt+i), "", "second \"=\" in a query parameter")
	}
	name, err := p.decode("", rawName, func(i int) int { return start + i })
	if err != nil {
		return err
	}
	value, err := p.decode("", rawValue, func(i int) int { return valueAt + i })
	if err != nil {
		return err
	}
	if name == "ssl" && value == "true" {
		name, value = "sslmode", "require" // the spelling of JDBC
	}
	if !accepts(name) {
		return unknownKeyword(p.at(start), name, p.hide)
	}
	p.hide = p.hide || isSecret(name)
	return p.o.store(name, value, p.at(start))
}
