package pgtest

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
)

func TestPins(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range pins {
		if seen[p.spec()] {
			t.Errorf("%s is there twice", p.spec())
		}
		seen[p.spec()] = true
		if !strings.HasPrefix(p.version, strconv.Itoa(p.major)+".") || p.size < 10<<20 || p.size > 100<<20 {
			t.Errorf("%s: major %d, %d bytes", p.spec(), p.major, p.size)
		}
		if digest, err := base64.StdEncoding.DecodeString(p.sha512); err != nil || len(digest) != 0 && len(digest) != 64 {
			t.Errorf("%s: its digest has %d bytes, %v", p.spec(), len(digest), err)
		}
	}
	for _, platform := range []string{"linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"} {
		for version := MinMajor; version <= MaxMajor; version++ {
			n := 0
			for _, p := range pins {
				if p.major == version && p.platform == platform {
					n++
				}
			}
			if n != 1 {
				t.Errorf("PostgreSQL %d for %s is there %d times", version, platform, n)
			}
		}
	}
}

func TestPlatformName(t *testing.T) {
	for _, c := range [][3]string{
		{"linux", "amd64", "linux-x64"}, {"linux", "arm64", "linux-arm64"}, {"darwin", "arm64", "darwin-arm64"},
		{"windows", "amd64", "windows-x64"}, {"linux", "386", "linux-ia32"}, {"linux", "ppc64le", "linux-ppc64"},
	} {
		if got := platformName(c[0], c[1]); got != c[2] {
			t.Errorf("%s/%s is %s, want %s", c[0], c[1], got, c[2])
		}
	}
	_, err := pinned(99)
	wantText(t, err, "has no package of PostgreSQL 99 for ")
}
