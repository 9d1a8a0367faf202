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

// extended is how to run a server that finds extensions outside its
// installation. They are linked to the C library of their release of Debian, so
// the server has to be run with that one. The zero value is a server without.
type extended struct {
	loader   []string // comes before the path of postgres
	settings map[string]string
}

// postgres is how to run the installation's postgres.
func (e extended) postgres(i Installation) []string {
	return append(slices.Clone(e.loader), i.program("postgres"))
}

// extend has Debian's packages of extensions unpacked for an installation.
func (f *finder) extend(ctx context.Context, i Installation, names []string) (e extended, err error) {
	if len(names) == 0 {
		return e, nil
	}
	if i.Major() < extensionMajor {
		return e, fmt.Errorf("%w: this is %s", ErrNoExtension, i)
	}
	w := f.extensions(i, names)
	tree, err := f.unpacked(ctx, w)
	if err == nil {
		e.loader, err = ownLoader(tree)
	}
	if err != nil {
		return e, fmt.Errorf("%w: %w", ErrNoExtension, err)
	}
	e.settings = map[string]string{
		"extension_control_path": "$system:" + filepath.Join(tree, sharedOf(i)),
		"dynamic_library_path":   "$libdir:" + filepath.Join(tree, librariesOf(i)),
	}
	return e, nil
}

// Where Debian's packages have what belongs to a version.
func sharedOf(i Installation) string    { return fmt.Sprintf("usr/share/postgresql/%d", i.Major()) }
func librariesOf(i Installation) string { return fmt.Sprintf("usr/lib/postgresql/%d/lib", i.Major()) }

// extensions are the packages, which must have something to create, and come
// with a C library under which the installation still runs.
func (f *finder) extensions(i Installation, names []string) wanted {
	w := wanted{libraries: true, releases: []string{"stable", "testing", "unstable"}}
	for _, name := range names {
		w.packages = append(w.packages, fmt.Sprintf("postgresql-%d-%s", i.Major(), name))
	}
	slices.Sort(w.packages)
	w.packages = slices.Compact(w.packages)
	w.name = strings.Join(w.packages, "_")
	w.check = func(ctx context.Context, tree string) error {
		if controls, _ := filepath.Glob(filepath.Join(tree, sharedOf(i), "extension", "*.control")); len(controls) == 0 {
			return errors.New("there is no extension in it")
		}
		loader, err := ownLoader(tree)
		if err != nil {
			return err
		}
		postgres := extended{loader: loader}.postgres(i)
		out, err := f.site.account.command(ctx, "/", postgres[0], append(postgres[1:], "-V")...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s does not run with its C library: %s", postgres[len(postgres)-1], firstLine(string(out), err.Error()))
		}
		return nil
	}
	return w
}
