package conninfo

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// An oracle is a process that answers with the words of the real libpq 18. See
// testdata/oracle.c for what it understands.
type oracle struct {
	mu  sync.Mutex // guards the pipe: a question and its answer
	in  io.WriteCloser
	out io.Reader
	env map[string]bool // variables set by with
}

// oracleVariable names a libpq.so.5 of version 18, or the directory that holds
// it, for machines where pgtest finds none.
const oracleVariable = "PARLEY_LIBPQ"

type program struct {
	path    string
	libDirs string // for LD_LIBRARY_PATH
}

// built is the oracle program, made once for each process.
var built struct {
	once    sync.Once
	program program
	err     error
	dir     string // what TestMain removes, or ""
}

// TestMain removes what buildOracle made.
func TestMain(m *testing.M) {
	m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
}

// builtOracle returns the oracle program, or why there is none.
func builtOracle(t testing.TB) (program, error) {
	built.once.Do(func() {
		built.program, built.err = buildOracle(context.WithoutCancel(t.Context()))
	})
	return built.program, built.err
}

// newOracle starts an oracle that ends with the test. Where there is none, it
// skips the test with the reason, and fails it in continuous integration on Linux.
func newOracle(t testing.TB) *oracle {
	t.Helper()
	p, err := builtOracle(t)
	if err != nil {
		if os.Getenv("PARLEY_CI") != "" && runtime.GOOS == "linux" {
			t.Fatalf("no libpq to compare with: %v", err)
		}
		t.Skipf("no libpq to compare with: %v", err)
	}
	o, stop, err := startOracle(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return o
}

func startOracle(ctx context.Context, p program) (*oracle, func(), error) {
	cmd := exec.CommandContext(ctx, p.path)
	cmd.Env = []string{"LD_LIBRARY_PATH=" + p.libDirs, "LC_ALL=C", "HOME=/nonexistent", "PGSYSCONFDIR=/nonexistent"}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	o := &oracle{in: in, out: out, env: map[string]bool{}}
	return o, func() { in.Close(); cmd.Wait() }, nil
}

func buildOracle(ctx context.Context) (program, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return program{}, errors.New("there is no C compiler")
	}
	include, err := pgConfig(ctx, "--includedir")
	if err != nil {
		return program{}, err
	}
	if built.dir, err = os.MkdirTemp("", "conninfo-oracle-"); err != nil {
		return program{}, err
	}
	var tried []error
	for _, lib := range libraries(ctx) {
		p, err := linkOracle(ctx, cc, include, lib)
		if err == nil {
			return p, nil
		}
		tried = append(tried, err)
	}
	return program{}, errors.Join(append(tried, fmt.Errorf("no libpq of version 18 was found (%s can name one)", oracleVariable))...)
}

// libraries lists the files that may be a libpq of version 18.
func libraries(ctx context.Context) []string {
	dirs := []string{}
	if named := os.Getenv(oracleVariable); named != "" {
		if info, err := os.Stat(named); err == nil && !info.IsDir() {
			return []string{named}
		}
		dirs = append(dirs, named)
	}
	dirs = append(dirs, installedDirs(ctx)...)
	if dir, err := pgConfig(ctx, "--libdir"); err == nil {
		dirs = append(dirs, dir)
	}
	var files []string
	for _, dir := range dirs {
		found, _ := filepath.Glob(filepath.Join(dir, "libpq.so.5*")) // fails on a bad pattern only
		files = append(files, found...)
	}
	return files
}

func pgConfig(ctx context.Context, flag string) (string, error) {
	out, err := exec.CommandContext(ctx, "pg_config", flag).Output()
	if err != nil {
		return "", errors.New("there is no pg_config (libpq-dev is not installed)")
	}
	return strings.TrimSpace(string(out)), nil
}

// linkOracle builds the program against one library and asks its version.
func linkOracle(ctx context.Context, cc, include, lib string) (program, error) {
	dir, err := os.MkdirTemp(built.dir, "")
	if err != nil {
		return program{}, err
	}
	// The library's own file may lack the link by which the loader asks for it.
	if err := os.Symlink(lib, filepath.Join(dir, "libpq.so.5")); err != nil {
		return program{}, err
	}
	p := program{filepath.Join(dir, "oracle"), dir + ":" + filepath.Dir(lib)}
	out, err := exec.CommandContext(ctx, cc, "-O1", "-Wall", "-o", p.path, filepath.Join("testdata", "oracle.c"),
		"-I"+include, "-I"+filepath.Join(include, "postgresql"), lib, "-Wl,--allow-shlib-undefined").CombinedOutput()
	if err != nil {
		return p, fmt.Errorf("build with %s: %w: %s", lib, err, out)
	}
	o, stop, err := startOracle(ctx, p)
	if err != nil {
		return p, err
	}
	defer stop()
	answer, err := o.ask("V")
	if err != nil {
		return p, err
	}
	if v, _ := strconv.Atoi(answer.words[0]); v/10000 != 18 {
		return p, fmt.Errorf("%s is of version %d", lib, v)
	}
	return p, nil
}

// reply is an answer of the oracle.
type reply struct {
	ok    bool
	words []string
}

// pairs returns the words as options.
func (r reply) pairs() map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(r.words); i += 2 {
		m[r.words[i]] = r.words[i+1]
	}
	return m
}

func (o *oracle) ask(request string) (reply, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	message := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := o.in.Write(append(message, request...)); err != nil {
		return reply{}, err
	}
	var head [4]byte
	if _, err := io.ReadFull(o.out, head[:]); err != nil {
		return reply{}, fmt.Errorf("oracle ended: %w", err)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(o.out, body); err != nil || len(body) == 0 {
		return reply{}, fmt.Errorf("oracle ended: %w", err)
	}
	r := reply{ok: body[0] == 'O'}
	for word := range bytes.SplitSeq(bytes.TrimSuffix(body[1:], []byte{0}), []byte{0}) {
		r.words = append(r.words, string(word))
	}
	return r, nil
}

func (o *oracle) mustAsk(t testing.TB, request string) reply {
	t.Helper()
	r, err := o.ask(request)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// with makes the oracle's environment env and nothing that was set before.
func (o *oracle) with(t testing.TB, env map[string]string) {
	t.Helper()
	for name := range o.env {
		o.mustAsk(t, "U"+name)
	}
	clear(o.env)
	for name, value := range env {
		o.mustAsk(t, "E"+name+"="+value)
		o.env[name] = name != "HOME"
	}
}
