package kerberos

import (
	"encoding/binary"
	"errors"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/gssapi"
	"github.com/jcmturner/gokrb5/v8/iana/chksumtype"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// The kinds of tokens, RFC 4121 section 4.1.
const (
	tokenRequest = 0x0100
	tokenReply   = 0x0200
	tokenError   = 0x0300
)

const optionMutual = flags.APOptionMutualRequired

// frame puts a message into a token.
func frame(kind uint16, body []byte) ([]byte, error) {
	oid, err := asn1.Marshal(gssapi.OIDKRB5.OID())
	if err != nil {
		return nil, err
	}
	return asn1tools.AddASNAppTag(append(binary.BigEndian.AppendUint16(oid, kind), body...), 0), nil
}

// unframe takes a message out of a token.
func unframe(token []byte) (kind uint16, body []byte, ok bool) {
	var raw asn1.RawValue
	rest, err := asn1.Unmarshal(token, &raw)
	if err != nil || len(rest) > 0 || raw.Class != asn1.ClassApplication || raw.Tag != 0 {
		return 0, nil, false
	}
	var oid asn1.ObjectIdentifier
	body, err = asn1.Unmarshal(raw.Bytes, &oid)
	if err != nil || !oid.Equal(gssapi.OIDKRB5.OID()) || len(body) < 2 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint16(body), body[2:], true
}

// checksum tells the server the flags, and hands it the delegated ticket (RFC
// 4121 section 4.1.1). There are no channel bindings, as from libpq.
func checksum(deleg []byte) types.Checksum {
	b := binary.LittleEndian.AppendUint32(nil, 16)
	b = append(b, make([]byte, 16)...)
	b = binary.LittleEndian.AppendUint32(b, flagsSent(deleg != nil))
	if deleg != nil {
		b = binary.LittleEndian.AppendUint16(b, 1)
		b = binary.LittleEndian.AppendUint16(b, uint16(len(deleg)))
		b = append(b, deleg...)
	}
	return types.Checksum{CksumType: chksumtype.GSSAPI, Checksum: b}
}

var errUnproven = errors.New("the server did not prove itself: its answer was not made with the session key")

// open decrypts what the server answers.
func (x *exchange) open(rep messages.APRep) (part messages.EncAPRepPart, err error) {
	etype, err := crypto.GetEtype(x.key.KeyType)
	if err != nil {
		return part, err
	}
	// gokrb5 takes it for granted that the ciphertext has room for all of these.
	least := etype.GetConfounderByteSize() + etype.GetHMACBitLength()/8 + 1
	if rep.EncPart.EType != x.key.KeyType || len(rep.EncPart.Cipher) < least {
		return part, errUnproven
	}
	text, err := crypto.DecryptEncPart(rep.EncPart, x.key, keyusage.AP_REP_ENCPART)
	if err != nil {
		return part, errUnproven
	}
	// Unmarshal leaves alone what comes after the message: some ciphers pad.
	if err := part.Unmarshal(text); err != nil {
		return part, errUnproven
	}
	return part, nil
}
