package dial

import (
	"errors"
	"fmt"
	"strings"

	"parley/internal/conninfo"
	"parley/wire"
)

// What nobody has, see Settings.Grease; and what was never a version.
const (
	greaseVersion wire.Version = 3<<16 | 9999
	reserved31    wire.Version = 3<<16 | 1
	greaseOption               = "_pq_.test_protocol_negotiation"
	optionPrefix               = "_pq_."
)

// negotiate takes NegotiateProtocolVersion, as strictly as libpq.
func (l *login) negotiate(body []byte) error {
	if l.negotiated {
		return errors.New("the server negotiated the protocol version twice")
	}
	l.negotiated = true
	var m wire.NegotiateProtocolVersion
	if err := m.Parse(body); err != nil {
		return err
	}
	requested := wire.Version(l.config.MaxProtocol)
	if l.set.Grease {
		requested = wire.Version(conninfo.ProtocolLatest)
	}
	offered := m.Newest()
	switch {
	case offered > requested:
		return fmt.Errorf("the server offered protocol %v, which is newer than what was asked for (%v)", offered, requested)
	case offered.Major() < 3:
		return fmt.Errorf("the server offered protocol %v, which is older than 3.0", offered)
	case offered == reserved31:
		return errors.New("the server offered protocol 3.1, which does not exist")
	case offered == requested && len(m.Options) == 0 && !l.set.Grease:
		return errors.New("the server negotiated the protocol without asking for a change")
	case offered < wire.Version(l.config.MinProtocol):
		return fmt.Errorf("the server speaks protocol %v, and min_protocol_version is %v", offered, l.config.MinProtocol)
	}
	l.version = offered
	return l.checkOptions(m.Options)
}

// checkOptions looks at the protocol options that the server does not know:
// it may only name what it was sent.
func (l *login) checkOptions(options []string) error {
	for _, name := range options {
		switch {
		case !strings.HasPrefix(name, optionPrefix):
			return fmt.Errorf("the server does not know an option that is none of the protocol's (it does not begin with %q)", optionPrefix)
		case !l.set.Grease || name != greaseOption:
			return errors.New("the server does not know a protocol option that it was not sent")
		}
	}
	if l.set.Grease && len(options) != 1 {
		return fmt.Errorf("the server did not say once that it does not know %s", greaseOption)
	}
	return nil
}
