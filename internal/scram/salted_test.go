package scram

import (
	"bytes"
	"context"
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"testing"
)

// TestHiAgainstStandardLibrary: crypto/pbkdf2 is the one truth.
func TestHiAgainstStandardLibrary(t *testing.T) {
	for _, password := range []string{"", "p", "pencil", string(bytes.Repeat([]byte("long"), 40))} {
		for _, iterations := range []int{1, 2, 3, checkEvery, checkEvery + 1, checkEvery + 2, 3 * checkEvery} {
			compareHi(t, password, []byte("salt"), iterations)
		}
	}
}

func FuzzHi(f *testing.F) {
	f.Add("pencil", []byte("salt"), uint16(4096))
	f.Add("", []byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, password string, salt []byte, iterations uint16) {
		compareHi(t, password, salt, int(iterations%2100)+1)
	})
}

func compareHi(t *testing.T, password string, salt []byte, iterations int) {
	t.Helper()
	var got Key
	if err := hi(&got, password, salt, iterations, nil); err != nil {
		t.Fatal(err)
	}
	want, err := pbkdf2.Key(sha256.New, password, salt, iterations, len(got))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got[:], want) {
		t.Errorf("password %q, salt %x, %d iterations: got %x, want %x", password, salt, iterations, got[:], want)
	}
}

func TestDerivationStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	calls := 0
	_, err := NewSaltedPassword("pencil", []byte("salt"), 1<<31-1, func() error {
		if calls++; calls == 3 {
			cancel(cause)
		}
		return context.Cause(ctx)
	})
	if !errors.Is(err, cause) || calls != 3 {
		t.Errorf("got %v after %d calls, want the cause after 3", err, calls)
	}
	if want := "scram: deriving the salted password: enough"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestCheckIsCalledEveryFewIterations(t *testing.T) {
	calls := 0
	if _, err := NewSaltedPassword("pencil", []byte("salt"), 10*checkEvery+1, func() error { calls++; return nil }); err != nil {
		t.Fatal(err)
	}
	if calls != 11 {
		t.Errorf("check was called %d times, want 11", calls)
	}
}

func TestSaltedPasswordFits(t *testing.T) {
	s, err := NewSaltedPassword("pencil", []byte("salt"), 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Fits([]byte("salt"), 10) || s.Fits([]byte("salt"), 11) || s.Fits([]byte("Salt"), 10) {
		t.Error("Fits does not compare salt and iterations")
	}
	if (SaltedPassword{}).Fits(nil, 0) {
		t.Error("the zero SaltedPassword fits something")
	}
	if string(s.Salt()) != "salt" || s.Iterations() != 10 {
		t.Errorf("salt %q, iterations %d", s.Salt(), s.Iterations())
	}
}

func BenchmarkDerive4096(b *testing.B) {
	check := func() error { return nil }
	for b.Loop() {
		NewSaltedPassword("correct horse battery", []byte("sixteen bytes !!"), 4096, check)
	}
}

func BenchmarkDerive4096StandardLibrary(b *testing.B) {
	for b.Loop() {
		pbkdf2.Key(sha256.New, "correct horse battery", []byte("sixteen bytes !!"), 4096, 32)
	}
}

// BenchmarkExchange is a client's work for one connection, with and without a
// salted password kept from an earlier one.
func BenchmarkExchange(b *testing.B) {
	salted, _ := NewSaltedPassword("pencil", []byte("sixteen bytes !!"), 4096, nil)
	for name, config := range map[string]ClientConfig{
		"derived": {Password: "pencil", Nonce: "abc"},
		"kept":    {Password: "pencil", Nonce: "abc", Salted: salted},
	} {
		b.Run(name, func(b *testing.B) {
			message := []byte(ServerFirst{Nonce: "abcdef", Salt: salted.Salt(), Iterations: 4096}.Text())
			for b.Loop() {
				client, _ := NewClient(config)
				client.First()
				if _, err := client.Final(message, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
