package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/pgtest"
)

// tshark is Wireshark's decoder. Captured from the loopback interface, the
// demo's conversation has the same messages for it as for us: type and length,
// in the same order.
func TestDemoAgainstTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("PARLEY_CI") != "" {
			t.Fatal("tshark is missing: install it, in CI nothing is skipped")
		}
		t.Skip("tshark is not installed")
	}
	server := pgtest.Start(t, pgtest.Config{TCP: true})
	file, stop := capture(t, tshark, server)
	lines := demoJSON(t, server.TCPDSN()+" sslmode=disable")
	stop()
	theirs := decode(t, tshark, file, server.Port())
	ours := typesAndLengths(lines)
	if !slices.Equal(ours, theirs) {
		t.Errorf("types and lengths\n%q, tshark has\n%q", ours, theirs)
	}
	if len(ours) < 40 {
		t.Errorf("%d messages", len(ours))
	}
}

// capture records the server's port until stop is called.
func capture(t *testing.T, tshark string, server *pgtest.Server) (file string, stop func()) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "demo.pcapng")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, tshark, "-i", loopback(t), "-f", fmt.Sprintf("tcp port %d", server.Port()), "-w", file, "-a", "duration:60", "-q")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	untilCaptured(t, server.TCPAddr(), file, 0)
	return file, func() {
		defer cancel()
		size := fileSize(file)
		untilCaptured(t, server.TCPAddr(), file, size)
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Fatalf("tshark: %v\n%s", err, stderr.Bytes())
		}
	}
}

// loopback is the name of the loopback interface.
func loopback(t *testing.T) string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 {
			return i.Name
		}
	}
	t.Fatal("no loopback interface")
	return ""
}

// untilCaptured opens connections that say nothing until the capture has
// grown beyond a size: only then is it running, or has it caught up.
func untilCaptured(t *testing.T, addr, file string, size int64) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for grown := 0; grown < 3; {
		if time.Now().After(deadline) {
			t.Fatal("tshark captures nothing: may this user capture packets?")
		}
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
		<-tick.C
		if now := fileSize(file); now > size && now > 0 {
			grown++
			size = now
		}
	}
}

func fileSize(name string) int64 {
	info, err := os.Stat(name)
	if errors.Is(err, os.ErrNotExist) || err != nil {
		return 0
	}
	return info.Size()
}

// decode returns the messages in a capture, each as "type length"; the length
// of a message without a type byte has none before it.
func decode(t *testing.T, tshark, file string, port int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), tshark, "-r", file, "-d", fmt.Sprintf("tcp.port==%d,pgsql", port), "-Y", "pgsql",
		"-T", "fields", "-e", "pgsql.frontend", "-e", "pgsql.length", "-e", "tcp.payload")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 3 {
			t.Fatalf("unexpected output of tshark: %q", line)
		}
		if f[1] != "" {
			all = append(all, messagesOf(t, strings.Split(f[1], ","), f[2])...)
		}
	}
	return all
}

// messagesOf joins tshark's lengths with the type bytes before them.
func messagesOf(t *testing.T, lengths []string, payload string) (all []string) {
	t.Helper()
	at := 0
	for _, l := range lengths {
		var n int
		if _, err := fmt.Sscan(l, &n); err != nil {
			t.Fatal(err)
		}
		typ := payload[2*at : 2*at+2]
		if typ == "00" {
			all = append(all, l) // the first byte of a length: the startup phase
			at += n
			continue
		}
		var b byte
		if _, err := fmt.Sscanf(typ, "%x", &b); err != nil {
			t.Fatal(err)
		}
		all = append(all, string(rune(b))+" "+l)
		at += 1 + n
	}
	return all
}

// typesAndLengths returns our messages in the same form.
func typesAndLengths(lines []jsonLine) (all []string) {
	for _, l := range lines {
		switch {
		case l.Message == "":
		case l.Message == "StartupMessage":
			all = append(all, fmt.Sprint(l.Size))
		default:
			all = append(all, fmt.Sprintf("%s %d", l.Spans[0].Value, l.Size-1))
		}
	}
	return all
}
