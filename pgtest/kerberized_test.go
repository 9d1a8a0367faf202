package pgtest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A server built with GSSAPI has the view that tells of it filled, and psql of
// the same version speaks to it. Extensions come with it all the same.
func TestGSSAPI(t *testing.T) {
	server, err := Run(t.Context(), Config{Version: 18, GSSAPI: true, TCP: true,
		HBA: []string{"local all all trust", "host all all 127.0.0.1/32 gss"}})
	if errors.Is(err, ErrNoGSSAPI) && os.Getenv("PARLEY_CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, server)
	psql, err := Psql(t.Context(), 18, nil)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), psql[0], append(psql[1:], "-X", "-w", "-A", "-t", "-c", "show server_version_num", server.DSN())...)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "18") {
		t.Errorf("psql printed %q, %v", out, err)
	}
	// A server without GSSAPI would not have read that line of pg_hba.conf.
	if _, err := askAt("tcp", server.TCPAddr(), server.User(), server.Database(), "select 1"); err == nil {
		t.Error("nobody was asked for a ticket")
	}
	if log := server.Log(); strings.Contains(log, "not supported by this build") {
		t.Error(log)
	}
}

func TestNoPsql(t *testing.T) {
	for _, version := range []int{MinMajor - 1, MaxMajor + 1} {
		if _, err := Psql(t.Context(), version, nil); err == nil || errors.Is(err, ErrNoGSSAPI) {
			t.Errorf("psql %d: %v", version, err)
		}
	}
}

func TestBuiltWith(t *testing.T) {
	i := Installation{Version: "18.1", Number: 180001, Bin: filepath.Join(openDir(t), "bin")}
	if builtWith(t.Context(), i, "gssapi") {
		t.Error("an installation without pg_config was built with GSSAPI")
	}
	program(t, i.Bin, "pg_config", `[ "$1" = --configure ] && echo "'--with-gssapi' '--with-icu'"`)
	if !builtWith(t.Context(), i, "gssapi") || builtWith(t.Context(), i, "ldap") {
		t.Error("misread")
	}
	f := quietFinder(t)
	if e, err := f.extend(t.Context(), i, Config{GSSAPI: true}); err != nil || e.program != "" || e.loader != nil {
		t.Errorf("%+v, %v", e, err)
	}
	w := f.packages(i, []string{"x"}, true)
	if w.name != "postgresql-18_postgresql-18-x_postgresql-client-18" {
		t.Errorf("the tree is %s", w.name)
	}
}
