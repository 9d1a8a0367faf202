package scram

import "slices"

// A Trace is the arithmetic of one exchange (RFC 5802 section 3), for someone
// who wants to see it done. It contains credentials; nothing in this package
// makes one unless asked. A value that this side cannot know, or does not know
// yet, is nil or empty: a server never learns the salted password, and learns
// the client key from the proof.
type Trace struct {
	Salt       []byte
	Iterations int

	SaltedPassword []byte // Hi(password, Salt, Iterations)
	ClientKey      []byte // HMAC(SaltedPassword, "Client Key")
	StoredKey      []byte // H(ClientKey)
	ServerKey      []byte // HMAC(SaltedPassword, "Server Key")

	// AuthMessage is client-first-message-bare "," server-first-message ","
	// client-final-message-without-proof.
	AuthMessage string

	ClientSignature []byte // HMAC(StoredKey, AuthMessage)
	ClientProof     []byte // ClientKey XOR ClientSignature
	ServerSignature []byte // HMAC(ServerKey, AuthMessage)
}

// setStored fills in what follows from a stored key and a message.
func (t *Trace) setStored(stored Key, authMessage string) {
	t.AuthMessage = authMessage
	t.StoredKey = slices.Clone(stored[:])
	signature := sign(stored, authMessage)
	t.ClientSignature = signature[:]
}

// setServer fills in what follows from a server key and a message.
func (t *Trace) setServer(server Key, authMessage string) {
	t.ServerKey = slices.Clone(server[:])
	signature := sign(server, authMessage)
	t.ServerSignature = signature[:]
}

// setClient fills in a client key and the proof of it.
func (t *Trace) setClient(client Key) {
	t.ClientKey = slices.Clone(client[:])
	proof := xor(client, Key(t.ClientSignature))
	t.ClientProof = proof[:]
}
