package dial

import (
	"errors"
	"fmt"

	"parley/wire"
)

// gssBegin begins an exchange for AuthenticationGSS and AuthenticationSSPI.
func (l *login) gssBegin(m wire.Message) error {
	sspi := m.Kind() == wire.KindAuthenticationSSPI
	if l.set.GSS == nil {
		return fmt.Errorf("the server asks for %v authentication, and the program has no provider for it", l.method)
	}
	if l.host.Name == "" {
		return fmt.Errorf("%v authentication needs a host name, and only hostaddr is given", l.method)
	}
	exchange, err := l.set.GSS.Begin(l.ctx, GSSRequest{
		Service: l.config.KrbSrvName, Host: l.host.Name, SSPI: sspi,
		Delegate: l.config.GSSDelegation, Library: l.config.GSSLib, Encrypted: l.tls != nil,
	})
	if err != nil {
		return l.gssFailed(err)
	}
	l.gss = exchange
	return l.gssStep(nil)
}

// gssFailed says whose ticket an error of the program's provider is about.
func (l *login) gssFailed(err error) error {
	return fmt.Errorf("%v exchange with %s/%s: %w", l.method, l.config.KrbSrvName, l.host.Name, err)
}

func (l *login) gssContinue(m wire.Message) error {
	switch {
	case l.gss == nil:
		return errors.New("the server continues a GSSAPI exchange that was not begun")
	case l.finished:
		return errors.New("the server continues a GSSAPI exchange that is complete")
	}
	return l.gssStep(m.(*wire.AuthenticationGSSContinue).Data)
}

func (l *login) gssStep(input []byte) error {
	output, done, err := l.gss.Step(l.ctx, input)
	if err != nil {
		return l.gssFailed(err)
	}
	l.finished = done
	if len(output) == 0 {
		return nil
	}
	return l.stream.send(&wire.GSSResponse{Data: output})
}
