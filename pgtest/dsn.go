package pgtest

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// DSN is a connection string in libpq's keyword form, over the Unix socket
// (over TCP on Windows). It holds the password, if there is one.
func (s *Server) DSN() string {
	if alwaysTCP {
		return s.TCPDSN()
	}
	return s.keywords(s.SocketDir())
}

// TCPDSN is DSN over TCP; "" unless Config.TCP.
func (s *Server) TCPDSN() string {
	if !s.config.TCP {
		return ""
	}
	return s.keywords(loopback)
}

// URI is DSN in libpq's URI form.
func (s *Server) URI() string {
	if alwaysTCP {
		return s.TCPURI()
	}
	return s.uri(url.QueryEscape(s.SocketDir()) + ":" + strconv.Itoa(s.Port()))
}

// TCPURI is URI over TCP; "" unless Config.TCP.
func (s *Server) TCPURI() string {
	if !s.config.TCP {
		return ""
	}
	return s.uri(net.JoinHostPort(loopback, strconv.Itoa(s.Port())))
}

func (s *Server) keywords(host string) string {
	pairs := []string{
		"host=" + quoteKeyword(host),
		"port=" + strconv.Itoa(s.Port()),
		"user=" + quoteKeyword(s.config.User),
		"dbname=" + quoteKeyword(s.config.Database),
	}
	if s.config.Password != "" {
		pairs = append(pairs, "password="+quoteKeyword(s.config.Password))
	}
	return strings.Join(pairs, " ")
}

// quoteKeyword quotes a value where libpq needs it.
func quoteKeyword(s string) string {
	if s != "" && !strings.ContainsAny(s, ` '\`+"\t\n\r\v\f") {
		return s
	}
	return `'` + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + `'`
}

// uri puts a socket's directory where the host is, percent-encoded, as libpq
// reads it and net/url cannot write it.
func (s *Server) uri(host string) string {
	user := percent(s.config.User)
	if s.config.Password != "" {
		user += ":" + percent(s.config.Password)
	}
	return "postgresql://" + user + "@" + host + "/" + percent(s.config.Database)
}

// percent encodes everything that could end a part of a URI. libpq reads a
// plus sign as itself, so a space must be %20.
func percent(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
