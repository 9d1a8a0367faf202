package conninfo

import "testing"

func TestLookup(t *testing.T) {
	k, ok := Lookup("sslmode")
	if !ok || k.Env != "PGSSLMODE" || k.Default != "prefer" {
		t.Errorf("got %+v, %v", k, ok)
	}
	k.Values[0] = "changed"
	if again, _ := Lookup("sslmode"); again.Values[0] != "disable" {
		t.Error("Lookup hands out the table's own slice")
	}
	Keywords()[k20()].Values[0] = "changed"
	if again, _ := Lookup("sslmode"); again.Values[0] != "disable" {
		t.Error("Keywords hands out the table's own slices")
	}
	for _, name := range []string{"", "SSLMODE", "parley.lanes", "requiressl"} {
		if _, ok := Lookup(name); ok {
			t.Errorf("%q is found", name)
		}
	}
}

func k20() int { return index["sslmode"] }

func TestKnown(t *testing.T) {
	for name, want := range map[string]bool{"host": true, "parley.x": true, "parley.a_1.B": true, "parley.a..b": false, "parley.a.": false, "parley.a b": false, "parley.é": false, "parley.": false, "parley": false, "Host": false, "": false} {
		if got := known(name); got != want {
			t.Errorf("known(%q) = %v", name, got)
		}
	}
}

func TestIsSecret(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "sslpassword": true, "oauth_client_secret": true, "scram_client_key": true, "scram_server_key": true,
		"host": false, "user": false, "sslkey": false, "passfile": false, "parley.lanes": false, "parley.vault_token": true,
	} {
		if got := isSecret(name); got != want {
			t.Errorf("isSecret(%q) = %v", name, got)
		}
	}
}

func TestKindString(t *testing.T) {
	for k := Text; k <= KeyBase64; k++ {
		if k.String() == "" || k.String() == "unknown" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if Kind(200).String() != "unknown" {
		t.Error("a kind that does not exist has a name")
	}
}
