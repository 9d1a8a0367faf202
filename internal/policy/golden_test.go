package policy

import "testing"

const goldenTest = `package wire

func FuzzFrame() {}

func TestGolden() {
	read("testdata/golden/" + name)
	glob("testdata/traces/*.txt")
	run("copy in")
	read("testdata/lone.bin")
	read(filepath.Join("testdata", "joined", name+".hex"))
}

type Bind struct{}
`

func TestGoldenFiles(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"wire/testdata/fuzz/FuzzFrame/abc", ""},
		{"wire/testdata/fuzz/FuzzGone/abc", "a corpus for FuzzGone"},
		{"wire/testdata/golden/Bind.hex", ""},
		{"wire/testdata/golden/Bind-empty.hex", ""},
		{"wire/testdata/golden/copy_in.hex", ""},
		{"wire/testdata/golden/Gone.hex", `nothing in this package is called "Gone"`},
		{"wire/testdata/traces/anything.txt", ""},
		{"wire/testdata/traces/anything.bin", `called "anything"`},
		{"wire/testdata/lone.bin", ""},
		{"wire/testdata/joined/Bind.hex", ""},
		{"wire/testdata/joined/Gone.hex", `called "Gone"`},
		{"wire/testdata/other/Bind.hex", `no test of this package names "testdata/other"`},
		{"wire/testdata/other/README.md", ""},
		{"testdata/golden/Bind.hex", `no test of this package names "testdata/golden"`},
	} {
		t.Run(c.path, func(t *testing.T) {
			fixture := files{"wire/a_test.go": goldenTest, c.path: "x"}
			if c.want == "" {
				expect(t, checkGolden, fixture)
				return
			}
			expect(t, checkGolden, fixture, c.want)
		})
	}
}

func TestGoldenEmbed(t *testing.T) {
	const text = "package wire\n\n//go:embed testdata/list testdata/*.sql\nvar fs string\n"
	expect(t, checkGolden, files{"wire/a.go": text, "wire/testdata/list/x.txt": "", "wire/testdata/y.sql": ""})
	expect(t, checkGolden, files{"wire/a.go": text, "wire/testdata/y.txt": ""}, "wire/testdata/y.txt")
}

// Names in code alone, not in a test, keep nothing alive.
func TestGoldenNeedsATest(t *testing.T) {
	const text = "package wire\n\nvar name = \"testdata/golden/Bind.hex\"\n"
	expect(t, checkGolden, files{"wire/a.go": text, "wire/testdata/golden/Bind.hex": ""}, "no test of this package")
}
