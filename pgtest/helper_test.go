package pgtest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// await polls until what it waits for is so. It is for things that give no
// event: the end of processes that are not our children.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for !so() {
		if ctx.Err() != nil {
			t.Fatalf("waited in vain until %s", what)
		}
		pause(ctx, 10*time.Millisecond)
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// openDir is like t.TempDir, but every user can enter it, as the server's
// account must, and the name is short.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// program writes an executable shell script.
func program(t *testing.T, dir, name, script string) string {
	t.Helper()
	if err := makeDir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeInstallation is programs that say they are PostgreSQL of a version.
func fakeInstallation(t *testing.T, dir, version string) string {
	t.Helper()
	bin := filepath.Join(dir, "bin")
	program(t, bin, "postgres", "echo 'postgres (PostgreSQL) "+version+"'")
	program(t, bin, "initdb", "exit 1")
	return bin
}

// wantText fails unless err says all of the parts.
func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q:\n%v", part, err)
		}
	}
}

// refused is an ErrorResponse's message.
type refused string

func (r refused) Error() string { return string(r) }

// ask runs one simple query over the server's socket, and returns the values
// of its rows: columns with a bar between them, rows with a line break.
func ask(s *Server, sql string) (string, error) {
	return askAt("unix", s.Socket(), s.User(), s.Database(), sql)
}

// mustAsk is ask on a server that must answer.
func mustAsk(t *testing.T, s *Server, sql string) string {
	t.Helper()
	got, err := ask(s, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func askAt(network, address, user, database, sql string) (string, error) {
	conn, err := net.DialTimeout(network, address, 10*time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	startup := binary.BigEndian.AppendUint32(nil, 3<<16)
	startup = fmt.Appendf(startup, "user\x00%s\x00database\x00%s\x00\x00", user, database)
	if _, err := conn.Write(framed(nil, startup)); err != nil {
		return "", err
	}
	if _, err := converse(conn); err != nil {
		return "", err
	}
	if _, err := conn.Write(framed([]byte{'Q'}, append([]byte(sql), 0))); err != nil {
		return "", err
	}
	return converse(conn)
}

func framed(prefix, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32(prefix, uint32(len(body)+4)), body...)
}

// converse reads messages up to ReadyForQuery or the end.
func converse(conn io.Reader) (rows string, err error) {
	for {
		var head [5]byte
		if _, e := io.ReadFull(conn, head[:]); e != nil {
			return rows, errors.Join(err, e)
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, e := io.ReadFull(conn, body); e != nil {
			return rows, errors.Join(err, e)
		}
		switch head[0] {
		case 'E':
			err = refused(errorMessage(body))
		case 'R':
			if code := binary.BigEndian.Uint32(body); code != 0 {
				return "", refused(fmt.Sprintf("the server asks for authentication %d", code))
			}
		case 'D':
			if rows != "" {
				rows += "\n"
			}
			rows += rowText(body)
		case 'Z':
			return rows, err
		}
	}
}

func errorMessage(body []byte) string {
	for field := range strings.SplitSeq(string(body), "\x00") {
		if text, ok := strings.CutPrefix(field, "M"); ok {
			return text
		}
	}
	return "an error without a message"
}

func rowText(body []byte) string {
	var values []string
	for body = body[2:]; len(body) > 0; {
		n := int32(binary.BigEndian.Uint32(body))
		body = body[4:]
		if n < 0 {
			values = append(values, "null")
			continue
		}
		values = append(values, string(body[:n]))
		body = body[n:]
	}
	return strings.Join(values, "|")
}

// here is this process's account and where its servers are.
func here(t *testing.T) (account, string) {
	t.Helper()
	a, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	root, err := privateRoot(a, privateRoots())
	if err != nil {
		t.Fatal(err)
	}
	return a, root
}

func privateDirs(t *testing.T) []string {
	t.Helper()
	_, root := here(t)
	dirs, err := filepath.Glob(filepath.Join(root, privatePrefix+"[0-9]*"))
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// inUse reports whether anybody holds a private directory's lock.
func inUse(t *testing.T, dir string) bool {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	free, err := tryLock(f)
	return err == nil && !free
}
