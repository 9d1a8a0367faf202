package conninfo

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

// HostKind says how a host is reached.
type HostKind uint8

// The kinds of hosts.
const (
	HostName   HostKind = iota // Name has to be looked up
	HostAddr                   // Addr is numeric; Name is for certificates only
	HostSocket                 // Name is a socket directory, or "@" and an abstract name
)

// Host is one place to connect to.
type Host struct {
	Kind HostKind
	// Name is the item of host, or the default host. With HostAddr it may be empty.
	Name string
	// Addr is the item of hostaddr. It is not checked: that is left to the
	// resolver, which also knows libpq's old forms such as 127.1.
	Addr string
	// Port is never zero.
	Port uint16
	// Password is the given password or, when that is empty, the password
	// file's for this host.
	Password Secret
	// PasswordSource is where Password comes from, the zero Source when it is empty.
	PasswordSource Source
}

// SocketFile returns the name of the socket of a HostSocket. In the abstract
// namespace it begins with "@".
func (h *Host) SocketFile() string { return socketFile(h.Name, h.Port) }

// String returns the host as errors name it, without its password.
func (h Host) String() string {
	switch {
	case h.Kind == HostSocket:
		return h.SocketFile()
	case h.Kind == HostName:
		return net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port)))
	case h.Name == "":
		return net.JoinHostPort(h.Addr, strconv.Itoa(int(h.Port)))
	}
	return fmt.Sprintf("%s (%s)", net.JoinHostPort(h.Name, strconv.Itoa(int(h.Port))), h.Addr)
}

// items splits a list option. An option that is empty or not given has none.
func items(o *Options, keyword string) []string {
	text, _ := o.Get(keyword)
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// hosts makes the host list: as many as hostaddr has items, else as many as host,
// else one. Both lists, when given, must be of one length; the port list
// too, or have a single item.
func hosts(o *Options, sys *System) ([]Host, error) {
	addrs, names, ports := items(o, "hostaddr"), items(o, "host"), items(o, "port")
	n := max(len(addrs), 1)
	if addrs == nil {
		n = max(len(names), 1)
	}
	if names != nil && len(names) != n {
		return nil, fail(o.Source("hostaddr"), "hostaddr", "cannot match %s to %s", count(len(names), "host name"), count(n, "hostaddr value"))
	}
	if len(ports) > 1 && len(ports) != n {
		return nil, fail(o.Source("port"), "port", "cannot match %s to %s", count(len(ports), "port"), count(n, "host"))
	}
	list := make([]Host, n)
	for i := range list {
		port, err := parsePort(o, item(ports, min(i, len(ports)-1)))
		if err != nil {
			return nil, err
		}
		list[i] = Host{Name: item(names, i), Addr: item(addrs, i), Port: port}
		if err := list[i].classify(o, sys); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// item returns list[i], or "" when the list has none.
func item(list []string, i int) string {
	if i < 0 || i >= len(list) {
		return ""
	}
	return list[i]
}

// classify sets the kind, and the default host when there is neither name nor
// address.
func (h *Host) classify(o *Options, sys *System) error {
	switch {
	case h.Addr != "":
		h.Kind = HostAddr
	case h.Name == "":
		h.Name = sys.socketDir(h.Port)
		h.Kind = HostSocket
		if h.Name == "" {
			h.Name, h.Kind = "localhost", HostName
		}
	case sys.isSocketPath(h.Name):
		h.Kind = HostSocket
	case strings.IndexByte(h.Name, '@') >= 0 && o.Source("host").Kind == FromURI:
		// Never a host, but often the rest of a password, which a failed
		// look-up would then show.
		return fail(o.Source("host"), "host", "host name with \"@\" (in a user name or password it must be written %%40)")
	}
	return nil
}

// count writes a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// addPasswords gives every host the password option or, when that is empty, what
// the password file says.
func addPasswords(c *Config, o *Options, sys *System) {
	if password, _ := o.Get("password"); password != "" {
		for i := range c.Hosts {
			c.Hosts[i].Password, c.Hosts[i].PasswordSource = Secret(password), o.Source("password")
		}
		return
	}
	name, _ := o.Get("passfile")
	f, warning := openPassfile(sys, name)
	if warning != "" {
		c.Warnings = append(c.Warnings, warning)
	}
	for i := range c.Hosts {
		h := &c.Hosts[i]
		password, line, ok := f.find(h.passfileKey(sys), strconv.Itoa(int(h.Port)), c.Database, c.User)
		if ok {
			h.Password, h.PasswordSource = Secret(password), Source{Kind: FromPassfile, Name: f.name, Pos: line}
		}
	}
}

// passfileKey is the host as the password file has it: the name, else the address; and
// localhost for the default socket directory.
func (h *Host) passfileKey(sys *System) string {
	switch {
	case h.Name == "":
		return h.Addr
	case sys.isSocketPath(h.Name) && h.Name == sys.socketDir(h.Port):
		return "localhost"
	}
	return h.Name
}
