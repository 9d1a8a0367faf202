package render

import "parley/wire"

// secret reports whether a span holds what must not be shown: a secret by its
// layout, and all that could not be read where a secret may be.
func (m *Message) secret(s wire.Span) bool {
	switch {
	case s.Field == nil:
		return s.Name == "unread" && m.mayHoldSecret()
	case s.Field.Role == wire.RoleSecret:
		return true
	case m.Kind == wire.KindSASLInitialResponse && m.Dissection.Err != nil:
		// Not what the server asked for, perhaps a bare password.
		return s.Field.Role == wire.RoleSASL || !isMechanism(m.Raw[s.Start:s.End-1])
	}
	return false
}

// mayHoldSecret reports whether what cannot be read of a message may be a
// secret or a piece of one.
func (m *Message) mayHoldSecret() bool {
	if m.guarded {
		return true
	}
	switch m.Kind {
	case wire.KindPasswordMessage, wire.KindSASLInitialResponse, wire.KindSASLResponse, wire.KindGSSResponse,
		wire.KindAuthenticationGSSContinue, wire.KindAuthenticationSASLContinue, wire.KindAuthenticationSASLFinal,
		wire.KindBackendKeyData, wire.KindCancelRequest:
		return true
	}
	return false
}

// isMechanism reports whether a name is that of a mechanism that PostgreSQL
// has, and so no secret.
func isMechanism(name []byte) bool {
	switch string(name) {
	case "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "OAUTHBEARER":
		return true
	}
	return false
}
