package pgtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerWriteFile(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{})
	if err := s.WriteFile("pg_ident.conf", []byte("# empty\n")); err != nil {
		t.Fatal(err)
	}
	if got := mustAsk(t, s, "SELECT pg_read_file('pg_ident.conf')"); got != "# empty\n" {
		t.Errorf("the server reads %q", got)
	}
	wantText(t, s.WriteFile("../x", nil), "not a path inside the data directory")
	wantText(t, s.SetSettings(map[string]string{"port": "1"}), "set port: it is chosen by this package")

	// Nobody else can read what the server has.
	err := filepath.WalkDir(s.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return nil // the server's files come and go
		}
		info, err := d.Info()
		if err == nil && d.IsDir() && info.Mode().Perm() != 0o700 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestQuote(t *testing.T) {
	if got := quoteName(`a "b"`); got != `"a ""b"""` {
		t.Errorf("quoteName gives %s", got)
	}
	if got := quoteText(`it's \`); got != `'it''s \'` {
		t.Errorf("quoteText gives %s", got)
	}
}

// Config.Setup may create what a database holds, a statement over several lines too.
func TestSetup(t *testing.T) {
	t.Parallel()
	s := Start(t, Config{Database: "shop", Setup: []string{
		"CREATE TABLE ware (\n\tname text\n)",
		"INSERT INTO ware VALUES ('a;b')",
		"CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 7; END $$;",
	}})
	if got := mustAsk(t, s, "SELECT name, f() FROM ware"); got != "a;b|7" {
		t.Errorf("got %q", got)
	}
	if strings.Contains(s.Log(), "CREATE TABLE") {
		t.Error("the log holds the setup")
	}
}
