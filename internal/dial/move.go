package dial

import "parley/internal/conninfo"

// outcome is how an attempt ended.
type outcome uint8

const (
	outcomeBroken      outcome = iota // rules broken by either side, connection lost, refused by this side
	outcomeNoName                     // the name could not be looked up
	outcomeUnreachable                // no connection, or no session within connect_timeout
	outcomeNoTLS                      // 'N' in answer to SSLRequest
	outcomeTLSFailed                  // handshake or certificate
	outcomeRefused                    // ErrorResponse before authentication was complete
	outcomeNotNow                     // the same with 57P03: starting up or shutting down
	outcomeUnfit                      // a session, but not what target_session_attrs asks for
	outcomeToken                      // no session, but a bearer token for the next connection
)

// move is what follows an outcome.
type move uint8

const (
	moveEnd        move = iota
	moveHost            // the next host
	moveAddress         // the next address, else the next host
	moveMethod          // the next method on a new connection, else the end
	moveMethodHere      // the next method on this connection, else the end
	moveSame            // the same method on a new connection
)

// moves are libpq's rules (PQconnectPoll of version 18).
var moves = [...]move{
	outcomeBroken:      moveEnd,
	outcomeNoName:      moveHost,
	outcomeUnreachable: moveAddress,
	outcomeNoTLS:       moveMethodHere,
	outcomeTLSFailed:   moveMethod,
	outcomeRefused:     moveMethod,
	outcomeNotNow:      moveHost,
	outcomeUnfit:       moveHost,
	outcomeToken:       moveSame,
}

// method is how an address is spoken to.
type method uint8

const (
	methodPlain method = iota
	methodTLS
)

// methodsByMode are the methods for TCP in the order in which they are tried.
var methodsByMode = [...][]method{
	conninfo.SSLDisable:    {methodPlain},
	conninfo.SSLAllow:      {methodPlain, methodTLS},
	conninfo.SSLPrefer:     {methodTLS, methodPlain},
	conninfo.SSLRequire:    {methodTLS},
	conninfo.SSLVerifyCA:   {methodTLS},
	conninfo.SSLVerifyFull: {methodTLS},
}

// methodsFor returns the methods for a host. Nothing is encrypted on a socket
// of this machine, whatever sslmode says.
func methodsFor(mode conninfo.SSLMode, h *conninfo.Host) []method {
	if h.Kind == conninfo.HostSocket {
		return methodsByMode[conninfo.SSLDisable]
	}
	return methodsByMode[mode]
}
