package kerberos

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/jcmturner/gofork/encoding/asn1"
	"github.com/jcmturner/gokrb5/v8/asn1tools"
	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana"
	"github.com/jcmturner/gokrb5/v8/iana/asnAppTag"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/keyusage"
	"github.com/jcmturner/gokrb5/v8/iana/msgtype"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// forward gets a forwarded ticket of the client's own realm, with which the
// server can act for the client, and wraps it in a KRB-CRED message that only
// the owner of the session key can read.
func forward(c *client.Client, session types.EncryptionKey) ([]byte, error) {
	realm := c.Credentials.Domain()
	name := "krbtgt/" + realm
	own, key, err := c.GetServiceTicket(name)
	if err != nil {
		return nil, err
	}
	req, err := forwardRequest(c, own, key, name)
	if err != nil {
		return nil, err
	}
	_, rep, err := c.TGSExchange(req, realm, own, key, 0)
	if err != nil {
		return nil, err
	}
	return wrap(c, rep, session)
}

// forwardRequest is a request for a ticket with one more option than gokrb5
// knows to ask for, signed once it is there.
func forwardRequest(c *client.Client, own messages.Ticket, key types.EncryptionKey, name string) (messages.TGSReq, error) {
	sname := types.NewPrincipalName(nametype.KRB_NT_SRV_INST, name)
	req, err := messages.NewTGSReq(c.Credentials.CName(), c.Credentials.Domain(), c.Config, own, key, sname, false)
	if err != nil {
		return req, err
	}
	types.SetFlag(&req.ReqBody.KDCOptions, flags.Forwarded)
	types.SetFlag(&req.ReqBody.KDCOptions, flags.Forwardable)
	body, err := req.ReqBody.Marshal()
	if err != nil {
		return req, err
	}
	etype, err := crypto.GetEtype(key.KeyType)
	if err != nil {
		return req, err
	}
	sum, err := etype.GetChecksumHash(key.KeyValue, body, keyusage.TGS_REQ_PA_TGS_REQ_AP_REQ_AUTHENTICATOR_CHKSUM)
	if err != nil {
		return req, err
	}
	auth, err := types.NewAuthenticator(own.Realm, c.Credentials.CName())
	if err != nil {
		return req, err
	}
	auth.Cksum = types.Checksum{CksumType: etype.GetHashID(), Checksum: sum}
	ap, err := messages.NewAPReq(own, key, auth)
	if err != nil {
		return req, err
	}
	data, err := ap.Marshal()
	req.PAData = types.PADataSequence{{PADataType: patype.PA_TGS_REQ, PADataValue: data}}
	return req, err
}

// krbCred is KRB-CRED (RFC 4120 section 5.8.1), which gokrb5 only reads.
type krbCred struct {
	PVNO    int                 `asn1:"explicit,tag:0"`
	MsgType int                 `asn1:"explicit,tag:1"`
	Tickets []asn1.RawValue     `asn1:"explicit,tag:2"`
	EncPart types.EncryptedData `asn1:"explicit,tag:3"`
}

type credPart struct {
	Info  []credInfo `asn1:"explicit,tag:0"`
	Nonce int        `asn1:"explicit,tag:1"`
	Time  time.Time  `asn1:"generalized,explicit,tag:2"`
	Usec  int        `asn1:"explicit,tag:3"`
}

type credInfo struct {
	Key       types.EncryptionKey `asn1:"explicit,tag:0"`
	PRealm    string              `asn1:"generalstring,explicit,tag:1"`
	PName     types.PrincipalName `asn1:"explicit,tag:2"`
	Flags     asn1.BitString      `asn1:"explicit,tag:3"`
	AuthTime  time.Time           `asn1:"generalized,explicit,tag:4"`
	StartTime time.Time           `asn1:"generalized,explicit,optional,tag:5"`
	EndTime   time.Time           `asn1:"generalized,explicit,tag:6"`
	RenewTill time.Time           `asn1:"generalized,explicit,optional,tag:7"`
	SRealm    string              `asn1:"generalstring,explicit,tag:8"`
	SName     types.PrincipalName `asn1:"explicit,tag:9"`
}

func wrap(c *client.Client, rep messages.TGSRep, session types.EncryptionKey) ([]byte, error) {
	got := rep.DecryptedEncPart
	nonce, err := rand.Int(rand.Reader, big.NewInt(1<<31-1))
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	part := credPart{Nonce: int(nonce.Int64()), Time: now, Usec: now.Nanosecond() / 1000, Info: []credInfo{{
		Key: got.Key, PRealm: c.Credentials.Domain(), PName: c.Credentials.CName(), Flags: got.Flags, AuthTime: got.AuthTime,
		StartTime: got.StartTime, EndTime: got.EndTime, RenewTill: got.RenewTill, SRealm: got.SRealm, SName: got.SName,
	}}}
	text, err := asn1.Marshal(part)
	if err != nil {
		return nil, err
	}
	enc, err := crypto.GetEncryptedData(asn1tools.AddASNAppTag(text, asnAppTag.EncKrbCredPart), session, keyusage.KRB_CRED_ENCPART, 0)
	if err != nil {
		return nil, err
	}
	ticket, err := rep.Ticket.Marshal()
	if err != nil {
		return nil, err
	}
	all, err := asn1.Marshal(krbCred{PVNO: iana.PVNO, MsgType: msgtype.KRB_CRED, Tickets: []asn1.RawValue{{FullBytes: ticket}}, EncPart: enc})
	if err != nil {
		return nil, err
	}
	all = asn1tools.AddASNAppTag(all, asnAppTag.KRBCred)
	if len(all) > 1<<16-1 {
		return nil, fmt.Errorf("the ticket of %s is too large to be delegated", strings.Join(got.SName.NameString, "/"))
	}
	return all, nil
}
