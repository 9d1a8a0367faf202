package kerberos

import (
	"encoding/binary"
	"testing"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/iana/flags"
	"github.com/jcmturner/gokrb5/v8/iana/nametype"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"

	"parley"
)

// firstToken is what a client sends to the service postgres, opened.
func (r *realm) firstToken(t *testing.T, c *client.Client, delegate bool) accepted {
	t.Helper()
	p := &Provider{Client: c}
	x, err := p.Begin(t.Context(), parley.GSSRequest{Service: "postgres", Host: dbHost, Delegate: delegate})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	token, done, err := x.Step(t.Context(), nil)
	if err != nil || done {
		t.Fatalf("done %v, %v", done, err)
	}
	a, err := accept(token, r.keytab(t, "server.keytab"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// delegated is the KRB-CRED message in a checksum, nil if there is none.
func delegated(t *testing.T, a accepted) []byte {
	t.Helper()
	sum := a.auth.Cksum.Checksum
	if len(sum) < 24 {
		t.Fatalf("a checksum of %d bytes", len(sum))
	}
	set := binary.LittleEndian.Uint32(sum[20:])
	switch {
	case set == 2 && len(sum) == 24:
		return nil
	case set != 3 || len(sum) < 28 || int(binary.LittleEndian.Uint16(sum[26:])) != len(sum)-28:
		t.Fatalf("flags %d, %d bytes", set, len(sum))
	}
	return sum[28:]
}

// With gssdelegation the server gets a forwarded ticket, and can act as the
// user; without it, or where the realm does not allow it, it gets none.
func TestDelegation(t *testing.T) {
	r := newRealm(t)
	conf := r.conf(t)
	ada := client.NewWithPassword("ada", realmName, adaSecret, conf)
	defer ada.Destroy()
	if cred := delegated(t, r.firstToken(t, ada, false)); cred != nil {
		t.Error("a ticket is delegated that nobody asked for")
	}
	rooted := client.NewWithKeytab("rooted", realmName, r.keytab(t, "rooted.keytab"), conf)
	defer rooted.Destroy()
	if cred := delegated(t, r.firstToken(t, rooted, true)); cred != nil {
		t.Error("a ticket is delegated that may not be")
	}
	for use := range 2 {
		a := r.firstToken(t, ada, true)
		var cred messages.KRBCred
		if err := cred.Unmarshal(delegated(t, a)); err != nil {
			t.Fatalf("use %d: %v", use, err)
		}
		if err := cred.DecryptEncPart(a.key); err != nil || len(cred.Tickets) != 1 || len(cred.DecryptedEncPart.TicketInfo) != 1 {
			t.Fatalf("use %d: %v, %d tickets", use, err, len(cred.Tickets))
		}
		info := cred.DecryptedEncPart.TicketInfo[0]
		if !types.IsFlagSet(&info.Flags, flags.Forwarded) || info.PName.PrincipalNameString() != "ada" || info.SRealm != realmName {
			t.Errorf("use %d: the ticket of %v has flags %x", use, info.PName, info.Flags.Bytes)
		}
		actAs(t, r, cred.Tickets[0], info)
	}
}

// actAs has another program get a ticket with what was delegated to it.
func actAs(t *testing.T, r *realm, ticket messages.Ticket, info messages.KrbCredInfo) {
	t.Helper()
	server := client.NewWithKeytab("svc", realmName, r.keytab(t, "server.keytab"), r.conf(t))
	foreign := types.NewPrincipalName(nametype.KRB_NT_PRINCIPAL, "foreign/"+dbHost)
	req, err := messages.NewTGSReq(info.PName, realmName, r.conf(t), ticket, info.Key, foreign, false)
	if err != nil {
		t.Fatal(err)
	}
	_, rep, err := server.TGSExchange(req, realmName, ticket, info.Key, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := rep.Ticket.DecryptEncPart(r.keytab(t, "foreign.keytab"), &foreign); err != nil {
		t.Fatal(err)
	}
	if got := rep.Ticket.DecryptedEncPart.CName.PrincipalNameString(); got != "ada" {
		t.Errorf("the ticket is of %s", got)
	}
}
