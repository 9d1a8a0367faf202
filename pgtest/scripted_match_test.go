package pgtest

import (
	"testing"

	"parley/wire"
)

func TestScriptedCompare(t *testing.T) {
	bind := func(change func(*wire.Bind)) *wire.Bind {
		m := wire.Example(wire.KindBind).(*wire.Bind)
		change(m)
		return m
	}
	same := func(*wire.Bind) {}
	startup := Login{User: "ada", Parameters: []wire.Parameter{{Name: "a", Value: "b"}}}.Startup()
	wrong := Failure("42P01", "no such table", wire.ResponseField{Code: wire.FieldHint, Value: "look"})
	for name, c := range map[string]struct {
		want, got wire.Message
		problem   string
	}{
		"equal":             {bind(same), bind(same), ""},
		"another kind":      {bind(same), &wire.Sync{}, "Sync came"},
		"another string":    {bind(same), bind(func(m *wire.Bind) { m.Statement = "s2" }), `statement is "s2", not "s1"`},
		"another value":     {bind(same), bind(func(m *wire.Bind) { m.Params[0] = []byte("x") }), `params[0] is "x", not "\x00\x00\x00)"`},
		"NULL":              {bind(func(m *wire.Bind) { m.Params[1] = []byte{} }), bind(same), `params[1] is NULL, not ""`},
		"more elements":     {bind(same), bind(func(m *wire.Bind) { m.Params = m.Params[:1] }), `params.count is 1, not 2; resultFormats.count where params[1] was expected`},
		"a secret":          {&wire.PasswordMessage{Password: "abc"}, &wire.PasswordMessage{Password: "abd"}, "password is not the one expected"},
		"a secret's size":   {&wire.PasswordMessage{Password: "abc"}, &wire.PasswordMessage{Password: "ab"}, "password is (3 bytes), not (4 bytes)"},
		"cannot be encoded": {&wire.BackendKeyData{}, &wire.BackendKeyData{Key: []byte("1234")}, "the script expects what cannot be encoded: wire: cannot encode BackendKeyData: key has 0 bytes, not 4 to 256"},
		"nil is empty":      {&wire.DataRow{}, &wire.DataRow{Values: [][]byte{}}, ""},

		"like: all":          {Like(bind(same)), bind(same), ""},
		"like: any":          {Like(&wire.Bind{}), bind(same), ""},
		"like: one field":    {Like(&wire.Bind{Statement: "s1"}), bind(same), ""},
		"like: another":      {Like(&wire.Bind{Statement: "s2", Portal: "p"}), bind(same), `Portal is "", not "p"; Statement is "s1", not "s2"`},
		"like: a list":       {Like(&wire.Bind{Params: [][]byte{[]byte("x")}}), bind(same), `Params is ["\x00\x00\x00)" ""], not ["x"]`},
		"like: another kind": {Like(&wire.Bind{}), &wire.Sync{}, "Sync came"},
		"like: a key":        {Like(&wire.BackendKeyData{Key: []byte("1234")}), &wire.BackendKeyData{Key: []byte("1235")}, "Key is not the one expected"},
		"like: an error":     {Like(Failure("42P01", "no such table")), wrong, ""},
		"like: some of it": {Like(&wire.ErrorResponse{Fields: []wire.ResponseField{{Code: wire.FieldSQLState, Value: "42P02"}, {Code: wire.FieldTable, Value: "t"}}}), wrong,
			`SQLSTATE is "42P01", not "42P02"; table is missing`},
		"like: parameters":   {Like(Login{User: "ada"}.Startup()), startup, ""},
		"like: a parameter":  {Like(Login{User: "bob"}.Startup()), startup, `user is "ada", not "bob"`},
		"like: the database": {Like(Login{User: "ada", Database: "d"}.Startup()), startup, "database is missing"},
	} {
		p := newPeer(nil, PeerConfig{})
		if got := p.compare(c.want, c.got); got != c.problem {
			t.Errorf("%s: %s\nwant %s", name, got, c.problem)
		}
	}
}

// A pattern can be sent.
func TestScriptedLikeIsAMessage(t *testing.T) {
	dialogue(t, func(p *Peer) {
		p.Send(Like(Login{}.Startup()))
	}, func(p *Peer) {
		p.Expect(Login{}.Startup())
	})
}
