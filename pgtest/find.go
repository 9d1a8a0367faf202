package pgtest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// VersionVariable is the major version that Config.Version 0 means.
const VersionVariable = "PARLEY_PGVERSION"

// NotFoundError says that no PostgreSQL could be had, what was tried, and what
// to do about it.
type NotFoundError struct {
	Version int // the major version that was wanted
	Tried   []Attempt
}

// Attempt is one place looked at, or one way to install, and what came of it.
type Attempt struct {
	Place   string
	Outcome string
}

// Error has one line for each attempt.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "find PostgreSQL %d: it is not here; tried:", e.Version)
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "\n  %s: %s", t.Place, strings.ReplaceAll(t.Outcome, "\n", "\n    "))
	}
	fmt.Fprintf(&b, "\ninstall it in one of these ways: set %s to the bin directory of a PostgreSQL; "+
		"or install npm and run this again, which fetches one; "+
		"or run (as root, on Debian and Ubuntu) apt-get install postgresql-%d; "+
		"or run (on macOS) brew install postgresql@%d", PostgresVariable, e.Version, e.Version)
	return b.String()
}

// Installed lists the installations on this machine, newest first, each
// directory once, those in the cache of this package included. Versions older
// than MinMajor are left out. It runs each one's postgres -V as the user that
// would run the server, so what cannot be used is not listed.
func Installed(ctx context.Context) ([]Installation, error) {
	s, err := thisSite()
	if err != nil {
		return nil, err
	}
	f := &finder{site: s}
	found := f.look(ctx, 0)
	slices.SortStableFunc(found, newer)
	return found, nil
}

// Find returns an installation of the major version, without installing
// anything; 0 is the newest. The error is a *NotFoundError if there is none.
func Find(ctx context.Context, version int) (Installation, error) {
	s, err := thisSite()
	if err != nil {
		return Installation{}, err
	}
	f := &finder{site: s}
	found := f.look(ctx, version)
	if version == 0 {
		slices.SortStableFunc(found, newer)
	}
	if i, ok := pick(found, version); ok {
		return i, nil
	}
	if version == 0 {
		version = MaxMajor
	}
	return Installation{}, &NotFoundError{Version: version, Tried: f.tried}
}

// finder looks for installations and keeps account of it.
type finder struct {
	site  site
	r     reporter
	tried []Attempt

	updated   bool // whether apt's lists were brought up to date
	updateErr error
}

func (f *finder) note(place, format string, args ...any) {
	f.tried = append(f.tried, Attempt{Place: place, Outcome: fmt.Sprintf(format, args...)})
}

// look inspects the installed places in their order of preference, up to the
// first with the version (0: all), as each costs running a program.
func (f *finder) look(ctx context.Context, version int) []Installation {
	var found []Installation
	places := installedPlaces(ctx, f.site.cache)
	f.noteMissing(places)
	for _, p := range places {
		i, err := inspect(ctx, f.site.account, p.dir, p.source)
		switch {
		case err != nil:
			f.note(p.source, "%v", err)
		case i.Major() < MinMajor:
			f.note(p.source, "%s in %s is older than %d", i.Version, i.Bin, MinMajor)
		case !slices.ContainsFunc(found, func(o Installation) bool { return o.Bin == i.Bin }):
			f.note(p.source, "%s in %s", i.Version, i.Bin)
			found = append(found, i)
		}
		if err == nil && i.Major() == version {
			break
		}
	}
	return found
}

// noteMissing says which places hold nothing at all.
func (f *finder) noteMissing(places []place) {
	sources := []string{PostgresVariable, "PATH", "pg_config", "the usual places", "cache"}
	empty := []string{"not set", "no postgres in it", "no pg_config in PATH", "nothing in them", "nothing in " + f.site.cache}
	for i, source := range sources {
		if !slices.ContainsFunc(places, func(p place) bool {
			return p.source == source || source == "the usual places" && !slices.Contains(sources, p.source)
		}) {
			f.note(source, "%s", empty[i])
		}
	}
}

// pick is the first of the version; of any version if it is 0.
func pick(found []Installation, version int) (Installation, bool) {
	for _, i := range found {
		if version == 0 || i.Major() == version {
			return i, true
		}
	}
	return Installation{}, false
}

// choose finds or installs what a server with this config runs on; the rule is
// in the package documentation.
func (f *finder) choose(ctx context.Context, c Config) (Installation, error) {
	if c.Binaries != "" {
		return f.named(ctx, c.Binaries, "Config.Binaries", c.Version)
	}
	for n, dir := range namedPlaces() {
		// Whoever sets the variable means it: a mistake there is not passed over.
		i, err := f.named(ctx, dir, PostgresVariable, 0)
		if err != nil {
			return Installation{}, err
		}
		if i.Major() == c.Version || c.Version == 0 && n == 0 {
			return i, nil
		}
	}
	version, fixed, err := wantedVersion(c.Version)
	if err != nil {
		return Installation{}, err
	}
	found := f.look(ctx, version)
	if i, ok := pick(found, version); ok {
		return i, nil
	}
	if ctx.Err() != nil {
		return Installation{}, fmt.Errorf("find PostgreSQL %d: %w", version, context.Cause(ctx))
	}
	if !fixed && len(found) > 0 {
		f.updated = true // with an older one at hand, apt's lists will do as they are
	}
	i, err := f.fetch(ctx, version)
	if err == nil {
		return i, nil
	}
	if fixed || ctx.Err() != nil {
		return Installation{}, err
	}
	slices.SortStableFunc(found, newer)
	older, ok := pick(found, 0)
	if !ok {
		older, ok = f.installOlder(ctx, version)
	}
	if !ok {
		return Installation{}, err
	}
	f.r.notice("using %s, because PostgreSQL %d is neither installed nor to be had", older, version)
	return older, nil
}

func (f *finder) named(ctx context.Context, dir, source string, version int) (Installation, error) {
	i, err := inspect(ctx, f.site.account, dir, source)
	if err != nil {
		return i, fmt.Errorf("use PostgreSQL of %s: %w", source, err)
	}
	if version != 0 && i.Major() != version {
		return i, fmt.Errorf("use PostgreSQL of %s: %s holds version %s, and Config.Version is %d",
			source, dir, i.Version, version)
	}
	return i, nil
}

// wantedVersion is the major version to look for, and whether no other will do.
func wantedVersion(version int) (major int, fixed bool, err error) {
	from := "Config.Version"
	if version == 0 {
		text := os.Getenv(VersionVariable)
		if text == "" {
			return MaxMajor, false, nil
		}
		from = VersionVariable
		if version, err = strconv.Atoi(text); err != nil {
			return 0, false, fmt.Errorf("%s is %q; set it to a major version, %d to %d", from, text, MinMajor, MaxMajor)
		}
	}
	if version < MinMajor || version > MaxMajor {
		return 0, false, fmt.Errorf("%s is %d; the versions to choose from are %d to %d", from, version, MinMajor, MaxMajor)
	}
	return version, true, nil
}
