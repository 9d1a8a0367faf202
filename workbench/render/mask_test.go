package render_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"parley/wire"
	"parley/workbench/render"
)

// secrets are those of the conversations.
var secrets = []string{cancelKey, longKey, cleartext, hashed, proof, signature, token, gssToken, otherToken}

// disguises are the ways in which a secret could be written by a face.
func disguises(secret string) []string {
	var spaced strings.Builder
	for _, c := range []byte(secret) {
		spaced.WriteString(hex.EncodeToString([]byte{c}) + " ")
	}
	return []string{
		secret, hex.EncodeToString([]byte(secret)), strings.TrimSpace(spaced.String()),
		base64.StdEncoding.EncodeToString([]byte(secret)), strings.Trim(string(quoted(secret)), `"`),
	}
}

// quoted is the secret as a string with escapes.
func quoted(s string) []byte {
	var b []byte
	for _, c := range []byte(s) {
		switch {
		case c < ' ' || c > '~':
			b = append(b, `\x`+hex.EncodeToString([]byte{c})...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// reveals returns what of a secret is to be seen in a text: all of it, or
// eight bytes of it that stand on one line.
func reveals(text, secret string) string {
	for start := 0; start == 0 || start+8 <= len(secret); start++ {
		for _, d := range disguises(secret[start:min(start+8, len(secret))]) {
			if strings.Contains(text, d) {
				return d
			}
		}
	}
	return ""
}

// unfold joins the bytes that the hex face writes over several lines.
func unfold(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight(line[:min(len(line), 2+36)], " \n"))
		b.WriteByte(' ')
	}
	return strings.ReplaceAll(b.String(), "   ", " ")
}

// TestMask looks for each secret in what each face writes of each conversation,
// whole and cut off at every byte.
func TestMask(t *testing.T) {
	for name, chunks := range conversations() {
		for _, f := range faces {
			t.Run(name+"/"+f.name, func(t *testing.T) {
				for _, o := range []render.Options{{}, {Regress: true}, {Color: true, Whole: true, Doc: true}} {
					text := show(t, f.face, follow(chunks), o)
					for _, s := range secrets {
						if d := reveals(text+unfold(text), s); d != "" {
							t.Errorf("%+v: %q is to be seen:\n%s", o, d, text)
						}
					}
				}
			})
		}
	}
}

// TestMaskCutOff cuts each message that holds a secret off at every byte, with
// its length as it was and with the right one.
func TestMaskCutOff(t *testing.T) {
	for name, chunks := range conversations() {
		for i, k := range chunks {
			if len(held(k.bytes)) == 0 {
				continue
			}
			for n := range k.bytes {
				part := k.bytes[:n:n]
				for _, c := range []chunk{{k.from, part}, {k.from, relength(part)}} {
					before := len(follow(chunks[:i]))
					maskCut(t, fmt.Sprintf("%s, %d bytes of step %d", name, n, i), follow(append(chunks[:i:i], c))[before:], held(k.bytes))
				}
			}
		}
	}
}

func maskCut(t *testing.T, name string, ms []render.Message, held []string) {
	t.Helper()
	for _, f := range faces {
		text := show(t, f.face, ms, render.Options{})
		text += unfold(text)
		for _, s := range held {
			if d := reveals(text, s); d != "" {
				t.Fatalf("%s, %s: %q is to be seen:\n%s", name, f.name, d, text)
			}
		}
	}
}

// held are the secrets that bytes hold.
func held(b []byte) (held []string) {
	for _, s := range secrets {
		if strings.Contains(string(b), s) {
			held = append(held, s)
		}
	}
	return held
}

// relength gives the first message the length that it has.
func relength(b []byte) []byte {
	if len(b) < 5 || b[0] == 0 {
		return b
	}
	b = append([]byte{}, b...)
	b[1], b[2], b[3], b[4] = 0, 0, byte((len(b)-1)>>8), byte(len(b)-1)
	return b
}

// TestSecrets shows them when they are asked for.
func TestSecrets(t *testing.T) {
	for _, c := range []struct{ conversation, secret string }{
		{"cleartext", cleartext}, {"md5", hashed}, {"scram", proof}, {"scram", signature}, {"scram", longKey},
		{"oauth", token}, {"gss", gssToken}, {"encryption", cancelKey},
	} {
		ms := follow(conversations()[c.conversation])
		for _, f := range faces {
			o := render.Options{Secrets: true, Whole: true}
			text := show(t, f.face, ms, o)
			if f.name == "trace" && (c.secret == longKey || c.secret == cancelKey) {
				continue // written as a number
			}
			if reveals(text+unfold(text), c.secret) == "" {
				t.Errorf("%s/%s does not show %q:\n%s", c.conversation, f.name, c.secret, text)
			}
		}
	}
}

// TestMaskedNumber is the cancel key as PQtrace writes it.
func TestMaskedNumber(t *testing.T) {
	ms := follow([]chunk{front(&wire.CancelRequest{ProcessID: 4711, Key: []byte{0, 0, 0x30, 0x39}})})
	for _, c := range []struct {
		o    render.Options
		want string
	}{
		{render.Options{}, "F\t16\tCancelRequest\t 1234 5678 4711 NNNN\n"},
		{render.Options{Secrets: true}, "F\t16\tCancelRequest\t 1234 5678 4711 12345\n"},
		{render.Options{Secrets: true, Regress: true}, "F\t16\tCancelRequest\t 1234 5678 NNNN NNNN\n"},
	} {
		if got := show(t, render.Trace, ms, c.o); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.o, got, c.want)
		}
	}
}
