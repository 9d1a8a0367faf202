package policy

import "testing"

// The samples are put together from pieces: this file is under the rule too.
func TestText(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"// to do: nothing", ""},
		{"// TO" + "DO: something", "note to oneself"},
		{"# FIX" + "ME", "note to oneself"},
		{"/* XX" + "X */", "note to oneself"},
		{"SQLSTATE XX000", ""},
		{"see /wo" + "rk/main", "path of one machine"},
		{"cd /ro" + "ot/x", "path of one machine"},
		{`"/ho` + `me/ada/x"`, "path of one machine"},
		{`C:\Us` + `ers\ada`, "path of one machine"},
		{"the user's home, or a network/root/x", ""},
		{"/var/run/postgresql", ""},
		{"https://registry.npm" + "js.org/x", "registry's host name"},
		{"proxy.go" + "lang.org", "registry's host name"},
		{"http://deb.deb" + "ian.org/debian", "registry's host name"},
		{"golang.org/x/text", ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			if c.want == "" {
				expect(t, checkText, files{"docs/a.md": "\n" + c.text + "\n"})
				return
			}
			expect(t, checkText, files{"docs/a.md": "\n" + c.text + "\n"}, "docs/a.md:2: ")
			expect(t, checkText, files{"docs/a.md": c.text}, "a "+c.want)
		})
	}
	const note = "TO" + "DO"
	expect(t, checkText, files{"wire/testdata/fuzz/FuzzX/1": note, "a.bin": "\x00" + note, "wire/testdata/golden.txt": note}, "golden.txt")
}
