package wire

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// eachField calls f for every field of a layout, at any depth, with its path.
func eachField(l *Layout, f func(path string, field *Field)) {
	var walk func(prefix string, fs []Field)
	walk = func(prefix string, fs []Field) {
		for i := range fs {
			path := prefix + fs[i].Name
			f(path, &fs[i])
			walk(prefix, fs[i].Head)
			switch {
			case fs[i].Kind == Group:
				walk(prefix, fs[i].Elem)
			case len(fs[i].Elem) == 1 && fs[i].Elem[0].Name == "":
				walk(path+"[]", fs[i].Elem)
			default:
				walk(path+"[].", fs[i].Elem)
			}
			for _, c := range fs[i].Cases {
				walk(path+".", c.Fields)
			}
		}
	}
	walk("", l.Fields)
}

func TestLayoutIdentity(t *testing.T) {
	names := make(map[string]bool)
	for l := range Layouts() {
		if LayoutOf(l.Kind) != l || LayoutByName(l.Name) != l {
			t.Errorf("%s is not found by its kind or its name", l.Name)
		}
		if names[l.Name] || l.Name == "" || strings.ContainsAny(l.Name, " ._") {
			t.Errorf("the name %q is there twice, or is none", l.Name)
		}
		names[l.Name] = true
		if m := l.new(); m.Kind() != l.Kind {
			t.Errorf("%s makes a %v", l.Name, m.Kind())
		}
		if goName(l.Kind) != l.Name && goName(l.Kind) != "Logical"+l.Name {
			t.Errorf("%s is %s in Go", l.Name, goName(l.Kind))
		}
		if (l.Type == 0) != (l.Envelope == Untyped || l.Envelope == Bare) {
			t.Errorf("%s: the type %q does not fit its envelope", l.Name, l.Type)
		}
		if l.From != Frontend && l.From != Backend && l.From != Both {
			t.Errorf("%s is from %v", l.Name, l.From)
		}
	}
}

func TestLayoutLookups(t *testing.T) {
	for _, k := range []Kind{0, kindCount, kindCount + 1, 255} {
		if LayoutOf(k) != nil {
			t.Errorf("kind %d has a layout", k)
		}
	}
	for _, name := range []string{"", "bind", "Bind ", "LogicalBegin", "Stream Start"} {
		if l := LayoutByName(name); l != nil {
			t.Errorf("%q is found as %s", name, l.Name)
		}
	}
	var kinds []Kind
	for l := range Layouts() {
		kinds = append(kinds, l.Kind)
	}
	if !slices.IsSorted(kinds) || kinds[0] != 1 || len(kinds) != int(kindCount)-1 {
		t.Errorf("Layouts gives %v", kinds)
	}
	for l := range Layouts() {
		if l.Kind > 3 {
			t.Error("Layouts goes on after the loop was left")
		}
		if l.Kind == 3 {
			break
		}
	}
}

// Every message and every field is documented: a message in sentences, a field
// and a value in a phrase.
func TestLayoutDocs(t *testing.T) {
	for l := range Layouts() {
		if !unicode.IsUpper(rune(l.Doc[0])) || !strings.HasSuffix(l.Doc, ".") {
			t.Errorf("%s: %q is no sentence", l.Name, l.Doc)
		}
		eachField(l, func(path string, f *Field) {
			checkPhrase(t, l.Name+" "+path, f.Doc)
			for _, v := range f.Values {
				checkPhrase(t, l.Name+" "+path+" "+v.Name, v.Doc)
			}
			for _, c := range f.Cases {
				checkPhrase(t, l.Name+" "+path+" "+string(rune(c.Tag)), c.Doc)
			}
		})
	}
}

func checkPhrase(t *testing.T, where, doc string) {
	t.Helper()
	switch {
	case doc == "":
		t.Errorf("%s: not documented", where)
	case strings.HasSuffix(doc, "."), strings.HasSuffix(doc, " "), strings.HasPrefix(doc, " "), strings.Contains(doc, "  "):
		t.Errorf("%s: %q is no tidy phrase", where, doc)
	case unicode.IsUpper(rune(doc[0])) && !unicode.IsUpper(rune(doc[1])) && !strings.HasPrefix(doc, "Kerberos"):
		t.Errorf("%s: %q begins like a sentence", where, doc)
	}
}

// Fields have lowerCamel names, each once in its message. Only the single
// field of a list's elements, and a group, have none.
func TestFieldNames(t *testing.T) {
	for l := range Layouts() {
		seen := make(map[string]bool)
		eachField(l, func(path string, f *Field) {
			if f.Name == "" {
				if f.Kind != Group && !strings.HasSuffix(path, "[]") {
					t.Errorf("%s: the field %q has no name", l.Name, path)
				}
				return
			}
			for i, r := range f.Name {
				if !unicode.IsLetter(r) || i == 0 && !unicode.IsLower(r) {
					t.Errorf("%s: %q is not lowerCamel", l.Name, f.Name)
				}
			}
			if seen[path] && !strings.HasPrefix(path, "old.") && !strings.HasPrefix(path, "new.") && !strings.HasSuffix(path, ".value") {
				t.Errorf("%s: %q is there twice", l.Name, path)
			}
			seen[path] = true
		})
	}
}

// The struct's fields are the layout's, in order.
func TestFieldsMatchStructs(t *testing.T) {
	for l := range Layouts() {
		var want []string
		for _, f := range l.Fields {
			if f.Kind == Code {
				continue
			}
			for _, h := range f.Head {
				want = append(want, h.Name)
			}
			if f.Kind == Group {
				for _, e := range f.Elem {
					want = append(want, e.Name)
				}
				continue
			}
			want = append(want, f.Name)
		}
		if got := structFields(reflect.TypeOf(l.new()).Elem()); !slices.Equal(got, want) {
			t.Errorf("%s: the struct has %v, the layout %v", l.Name, got, want)
		}
	}
}

// structFields lists a struct's fields by the names that the layout gives them.
func structFields(t reflect.Type) (names []string) {
	for field := range t.Fields() {
		switch name := field.Name; name {
		case "Streamed":
			names = append(names, "xid")
		case "InStream", "OldKind", "Parallel":
		default:
			names = append(names, fieldPath(name))
		}
	}
	return names
}

// What a field's kind needs is there, and what it does not use is not.
func TestFieldSettings(t *testing.T) {
	for l := range Layouts() {
		eachField(l, func(path string, f *Field) {
			list := f.Kind == List16 || f.Kind == List32
			integer := f.Kind <= Code
			for setting, wrong := range map[string]bool{
				"Elem":     (len(f.Elem) > 0) != (list || f.Kind == Until || f.Kind == Group),
				"Head":     len(f.Head) > 0 && !list,
				"Cases":    (len(f.Cases) > 0) != (f.Kind == Choice),
				"Value":    f.Value != 0 && f.Kind != Code,
				"Min":      f.Min != 0 && f.Kind != Fixed && f.Kind != Rest || f.Kind == Fixed && f.Min == 0,
				"Max":      f.Max != 0 && (f.Kind != Rest || f.Max < f.Min),
				"NotNull":  f.NotNull && f.Kind != Value,
				"Optional": f.Optional && f.Kind != Choice && f.Kind != Group,
				"Unsigned": f.Unsigned && f.Kind != Int16 && f.Kind != Int32 && f.Kind != Int64,
				"Values":   len(f.Values) > 0 && !integer,
				"Streamed": f.Streamed && (path != "xid" || &l.Fields[0] != f),
				"Kind":     f.Kind > Group,
			} {
				if wrong {
					t.Errorf("%s %s, a %d: the setting %s does not fit", l.Name, path, f.Kind, setting)
				}
			}
		})
	}
}

// Roles stand where their values can be.
func TestRoles(t *testing.T) {
	kinds := map[Role][]FieldKind{
		RoleOID: {Int32}, RoleTypeOID: {Int32}, RoleFormat: {Int8, Int16}, RoleVersion: {Int32},
		RoleLSN: {Int64}, RoleTime: {Int64}, RolePID: {Int32}, RoleSQL: {CString},
		RoleSecret: {CString, Rest}, RoleSASL: {Rest, Value},
	}
	seen := make(map[Role]bool)
	for l := range Layouts() {
		eachField(l, func(path string, f *Field) {
			seen[f.Role] = true
			if f.Role != RoleNone && !slices.Contains(kinds[f.Role], f.Kind) {
				t.Errorf("%s %s: the role %d does not fit the kind %d", l.Name, path, f.Role, f.Kind)
			}
			unsigned := f.Role == RoleOID || f.Role == RoleTypeOID || f.Role == RolePID || f.Role == RoleLSN || f.Role == RoleVersion
			if unsigned != f.Unsigned && f.Role != RoleNone {
				t.Errorf("%s %s: the sign does not fit the role %d", l.Name, path, f.Role)
			}
		})
	}
	for r := range RoleSASL + 1 {
		if !seen[r] {
			t.Errorf("no field has the role %d", r)
		}
	}
}

// Whatever opens a door is marked, so that it is masked when shown.
func TestSecretsAreMarked(t *testing.T) {
	secret := map[string]Role{
		"PasswordMessage password": RoleSecret, "GSSResponse data": RoleSecret, "AuthenticationGSSContinue data": RoleSecret,
		"BackendKeyData key": RoleSecret, "CancelRequest key": RoleSecret,
		"SASLInitialResponse data": RoleSASL, "SASLResponse data": RoleSASL,
		"AuthenticationSASLContinue data": RoleSASL, "AuthenticationSASLFinal data": RoleSASL,
	}
	for l := range Layouts() {
		eachField(l, func(path string, f *Field) {
			want := secret[l.Name+" "+path]
			if got := f.Role; (got == RoleSecret || got == RoleSASL || want != 0) && got != want {
				t.Errorf("%s %s has the role %d, want %d", l.Name, path, got, want)
			}
		})
	}
}

func TestEnvelopeHeader(t *testing.T) {
	for e, want := range map[Envelope]int{Typed: 5, Untyped: 4, Bare: 0, Embedded: 1, 99: 0} {
		if got := e.Header(); got != want {
			t.Errorf("envelope %d has a header of %d bytes, want %d", e, got, want)
		}
	}
}

// The least size of a field is what its smallest value takes.
func TestMinSize(t *testing.T) {
	two := []Field{{Kind: Int16}, {Kind: CString}}
	for _, c := range []struct {
		f    Field
		want int
	}{
		{Field{Kind: Byte}, 1}, {Field{Kind: Bool}, 1}, {Field{Kind: Int8}, 1}, {Field{Kind: Int16}, 2},
		{Field{Kind: Int32}, 4}, {Field{Kind: Int64}, 8}, {Field{Kind: Code}, 4}, {Field{Kind: CString}, 1},
		{Field{Kind: Fixed, Min: 7}, 7}, {Field{Kind: Rest}, 0}, {Field{Kind: Rest, Min: 4, Max: 256}, 4},
		{Field{Kind: Value}, 4}, {Field{Kind: List16, Elem: two}, 2}, {Field{Kind: List32, Elem: two}, 4},
		{Field{Kind: Until, Elem: two}, 1}, {Field{Kind: Choice}, 1}, {Field{Kind: Choice, Optional: true}, 0},
		{Field{Kind: Group, Elem: two}, 3}, {Field{Kind: Group, Elem: two, Optional: true}, 0},
		{Field{Kind: Int32, Streamed: true}, 0}, {Field{Kind: 200}, 0},
	} {
		if got := c.f.minSize(); got != c.want {
			t.Errorf("%+v needs %d bytes, want %d", c.f, got, c.want)
		}
	}
	if got := minSize(two); got != 3 {
		t.Errorf("two fields need %d bytes, want 3", got)
	}
}

// The constants of the codec are those of the layout.
func TestElementSizes(t *testing.T) {
	for name, want := range map[string]int{"RowDescription": columnSize, "Relation": relationColumnSize} {
		fs := LayoutByName(name).Fields
		if got := minSize(fs[len(fs)-1].Elem); got != want {
			t.Errorf("%s: %d bytes for a column, the codec has %d", name, got, want)
		}
	}
}
