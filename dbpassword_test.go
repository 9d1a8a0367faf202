package parley

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"parley/pgtest"
)

// vault gives out passwords, each for a while.
type vault struct {
	mu     sync.Mutex // guards the following
	text   string
	asked  []PasswordRequest
	sealed error
}

func (v *vault) password(_ context.Context, r PasswordRequest) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = append(v.asked, r)
	return v.text, v.sealed
}

func (v *vault) set(text string, sealed error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text, v.sealed = text, sealed
}

// While a DB is open its role's password changes again and again: what is connected
// stays, and new connections of every kind log in with the password of the day.
// None of them is told to anybody.
func TestPasswordChangesWhileOpen(t *testing.T) {
	for _, method := range []string{"scram-sha-256", "md5", "password"} {
		t.Run(method, func(t *testing.T) {
			kept := "scram-sha-256"
			if method == "md5" {
				kept = "md5"
			}
			server := pgtest.Start(t, pgtest.Config{HBA: []string{"local all postgres trust", "local all app " + method},
				Settings: map[string]string{"password_encryption": kept}, Setup: []string{"create role app login"}})
			changePassword(t, server)
		})
	}
}

func changePassword(t *testing.T, server *pgtest.Server) {
	admin, err := Connect(t.Context(), server.DSN()+" user=postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	var v vault
	change := func(day int) {
		t.Helper()
		text := fmt.Sprintf("s3cret of day %d", day)
		mustExec(t, admin, "alter role app password '"+text+"'")
		v.set(text, nil)
	}
	var told strings.Builder
	var mu sync.Mutex
	trace := &Trace{Connect: func(context.Context) func(TraceConnected) {
		return func(c TraceConnected) {
			mu.Lock()
			defer mu.Unlock()
			fmt.Fprintf(&told, "%+v\n", c)
		}
	}, Message: func(m TraceMessage) {
		mu.Lock()
		defer mu.Unlock()
		told.Write(m.Bytes)
	}}
	change(0)
	db, err := OpenConfig(t.Context(), Config{ConnString: server.DSN() + " user=app password=stale", Lanes: 1, MaxConns: 3, Password: v.password, Trace: trace})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	held := db.conn(t)
	for day := 1; day <= 3; day++ {
		change(day)
		asked := len(v.asked)
		value(t, held, "select current_user::text") // the old one lives on
		fresh := db.conn(t)
		db.only(t).retire()
		if got, err := One[string](t.Context(), db, "select current_user::text"); err != nil || got != "app" {
			t.Errorf("day %d: %q, %v", day, got, err)
		}
		if n := len(v.asked) - asked; n != 2 {
			t.Errorf("day %d: the function was asked %d times, want once for each of two connections", day, n)
		}
		_ = held.Close()
		_ = held.Conn.Close() // as if it had been lost
		held = fresh
	}
	defer held.Close()
	for _, r := range v.asked {
		if r.User != "app" || r.Database != server.Database() || r.Host == "" || int(r.Port) != server.Port() {
			t.Errorf("it was asked for %+v", r)
		}
	}
	mustExec(t, admin, "alter role app password 's3cret of another day'") // and the vault does not know
	for _, sealed := range []error{nil, errStopped} {
		v.set("s3cret of day 3", sealed)
		_, err := db.Conn(t.Context())
		if _, ok := errors.AsType[*ConnectError](err); !ok || sealed == nil && !failedWith(err, "28P01") || sealed != nil && !errors.Is(err, sealed) {
			t.Errorf("%v, want a ConnectError", err)
		}
		fmt.Fprint(&told, err)
	}
	mu.Lock()
	defer mu.Unlock()
	if text := told.String(); strings.Contains(text, "s3cret") || strings.Contains(text, "stale") || !strings.Contains(text, "ProcessID") {
		t.Errorf("a password was told:\n%s", text)
	}
}
