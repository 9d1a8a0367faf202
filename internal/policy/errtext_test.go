package policy

import (
	"fmt"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, c := range []struct{ call, want string }{
		{`errors.New("no rows")`, ""},
		{`errors.New("No rows")`, "starts with a capital"},
		{`errors.New("no rows.")`, "ends like a sentence"},
		{`errors.New("no rows!")`, "ends like a sentence"},
		{`errors.New("no rows\n")`, "ends like a sentence"},
		{`errors.New("and so on...")`, ""},
		{`errors.New("TLS is off")`, ""},
		{`errors.New("PostgreSQL is off")`, ""},
		{`errors.New("DataRow: short")`, ""},
		{`errors.New("Bind: short")`, ""},
		{`errors.New("Config.User is empty")`, ""},
		{`errors.New("Settings: unknown")`, ""},
		{`errors.New("Limit: unknown")`, "starts with a capital"},
		{`errors.New("Bound: short")`, "starts with a capital"},
		{`errors.New("Windows has no such file")`, ""},
		{`errors.New("5 rows")`, ""},
		{`errors.New(text)`, ""},
		{`errors.New("no " + "rows.")`, "ends like a sentence"},
		{`fmt.Errorf("%s: Bad", name)`, ""},
		{`fmt.Errorf("Bad: %w", err)`, "starts with a capital"},
		{`fmt.Errorf("bad %q", password)`, "password in an error"},
		{`fmt.Errorf("bad %q", c.Password)`, "Password in an error"},
		{`fmt.Errorf("bad length %d", len(password))`, ""},
		{`fmt.Sprintf("Fine.")`, ""},
	} {
		t.Run(c.call, func(t *testing.T) {
			text := fmt.Sprintf("package p\n\nimport (\n\"errors\"\n\"fmt\"\n)\n\nfunc f() { _ = %s }\n\ntype Config struct{ User, Settings string }\n", c.call)
			fixture := files{"p/a.go": text, "wire/a.go": "package wire\ntype Bind struct{ Limit int }\n", "p/a_test.go": text}
			if c.want == "" {
				expect(t, checkErrors, fixture)
				return
			}
			expect(t, checkErrors, fixture, c.want)
		})
	}
}
