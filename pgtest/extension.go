package pgtest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// ErrNoExtension is found by errors.Is when what Config.Extensions names cannot
// be had on this machine.
var ErrNoExtension = errors.New("find an extension: it takes PostgreSQL 18 and Debian's packages")

// extensionMajor is the first version that looks for extensions where it is told
// to (extension_control_path).
const extensionMajor = 18

// extensionName is what follows the version in the name of a package of Debian's.
var extensionName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]*$`)

// extended is how to run a server that takes something from Debian's packages:
// extensions, or its programs. They are linked to the libraries of their release
// of Debian, so the server has to be run with those. The zero value is a server
// that takes nothing.
type extended struct {
	loader   []string // comes before the path of postgres
	program  string   // postgres itself; "" for that of the installation
	settings map[string]string
}

// postgres is how to run postgres.
func (e extended) postgres(i Installation) []string {
	program := e.program
	if program == "" {
		program = i.program("postgres")
	}
	return append(slices.Clone(e.loader), program)
}

// extend has Debian's packages unpacked that a server of an installation needs.
func (f *finder) extend(ctx context.Context, i Installation, c Config) (e extended, err error) {
	gssapi := c.GSSAPI && !builtWith(ctx, i, "gssapi")
	if len(c.Extensions) == 0 && !gssapi {
		return e, nil
	}
	problem := ErrNoExtension
	if gssapi {
		problem = ErrNoGSSAPI
	}
	if len(c.Extensions) > 0 && i.Major() < extensionMajor {
		return e, fmt.Errorf("%w: this is %s", ErrNoExtension, i)
	}
	w := f.packages(i, c.Extensions, gssapi)
	tree, err := f.unpacked(ctx, w)
	if err == nil {
		e, err = extendedBy(tree, i, gssapi)
	}
	if err != nil {
		return e, fmt.Errorf("%w: %w", problem, err)
	}
	if len(c.Extensions) > 0 {
		e.settings = map[string]string{
			"extension_control_path": "$system:" + filepath.Join(tree, sharedOf(i)),
			"dynamic_library_path":   "$libdir:" + filepath.Join(tree, libraryPlace(i, "lib")),
		}
	}
	return e, nil
}

// extendedBy is how to run a server with what is in an unpacked tree.
func extendedBy(tree string, i Installation, programs bool) (e extended, err error) {
	e.loader, err = ownLoader(tree)
	if programs {
		e.program = filepath.Join(tree, libraryPlace(i, "bin"), "postgres")
	}
	return e, err
}

// Where Debian's packages have what belongs to a version.
func sharedOf(i Installation) string { return fmt.Sprintf("usr/share/postgresql/%d", i.Major()) }
func libraryPlace(i Installation, name string) string {
	return fmt.Sprintf("usr/lib/postgresql/%d/%s", i.Major(), name)
}

// packages are those of extensions, which must have something to create, and of
// the programs, if they are wanted. They come with their libraries, with which
// postgres must run.
func (f *finder) packages(i Installation, extensions []string, programs bool) wanted {
	w := wanted{libraries: true, releases: []string{"stable", "testing", "unstable"}}
	for _, name := range extensions {
		w.packages = append(w.packages, fmt.Sprintf("postgresql-%d-%s", i.Major(), name))
	}
	if programs {
		w.packages = append(w.packages, fmt.Sprintf("postgresql-%d", i.Major()), fmt.Sprintf("postgresql-client-%d", i.Major()))
	}
	slices.Sort(w.packages)
	w.packages = slices.Compact(w.packages)
	w.name = strings.Join(w.packages, "_")
	w.check = func(ctx context.Context, tree string) error {
		controls, _ := filepath.Glob(filepath.Join(tree, sharedOf(i), "extension", "*.control")) // fails on a bad pattern only
		if len(extensions) > 0 && len(controls) == 0 {
			return errors.New("there is no extension in it")
		}
		e, err := extendedBy(tree, i, programs)
		if err != nil {
			return err
		}
		return f.runs(ctx, e.postgres(i))
	}
	return w
}

// runs tells why a program does not say its version.
func (f *finder) runs(ctx context.Context, program []string) error {
	out, err := f.site.account.command(ctx, "/", program[0], append(program[1:len(program):len(program)], "-V")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s does not run with its C library: %s", program[len(program)-1], firstLine(string(out), err.Error()))
	}
	return nil
}
