package conninfo

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestOptionsZero(t *testing.T) {
	var o Options
	if _, ok := o.Get("host"); ok || o.String() != "" || o.KeyValue() != "" || len(o.Own()) != 0 {
		t.Errorf("the zero value is not empty: %v", &o)
	}
	o.Unset("host")
	if err := o.Clone().Set("host", "a"); err != nil {
		t.Error(err)
	}
}

func TestOptionsSet(t *testing.T) {
	var o Options
	for _, p := range []Param{{"port", "1"}, {"host", "a"}, {"parley.b", "2"}, {"parley.a", "1"}, {"host", "b"}} {
		if err := o.Set(p.Keyword, p.Value); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := o.KeyValue(), "host=b port=1 parley.a=1 parley.b=2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want := map[string]string{"a": "1", "b": "2"}; !maps.Equal(o.Own(), want) {
		t.Errorf("got %v, want %v", o.Own(), want)
	}
	if o.Source("host") != (Source{Kind: FromProgram}) {
		t.Errorf("source %v", o.Source("host"))
	}
	for keyword, want := range map[string]string{
		"hots": `conninfo: parameters: unknown keyword "hots", did you mean "host"?`,
		"user": "conninfo: parameters: value of user holds a zero byte",
	} {
		if err := o.Set(keyword, "a\x00b"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	copied := o.Clone()
	copied.Unset("host")
	if _, ok := o.Get("host"); !ok {
		t.Error("a change to the copy is one to the original")
	}
}

func TestOptionsAllStops(t *testing.T) {
	o, err := Parse("host=a port=1 parley.x=1 parley.y=2")
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 4; n++ {
		var got []string
		for v := range o.All() {
			if got = append(got, v.Keyword); len(got) == n {
				break
			}
		}
		if want := []string{"host", "port", "parley.x", "parley.y"}[:n]; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestOptionsShowNoSecret(t *testing.T) {
	const secret = "open sesame"
	var o Options
	for i := range table {
		if table[i].Secret {
			if err := o.Set(table[i].Name, secret); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := o.Set("parley.token", secret); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{o.String(), fmt.Sprint(&o), fmt.Sprintf("%+v", &o), fmt.Sprintf("%#v", &o), fmt.Sprintf("%q", &o)} {
		if strings.Contains(text, "sesame") {
			t.Errorf("shown: %s", text)
		}
		if !strings.Contains(text, "password="+redacted) {
			t.Errorf("not marked: %s", text)
		}
	}
	if got := strings.Count(o.KeyValue(), secret); got != 6 {
		t.Errorf("KeyValue holds %d secrets, want 6", got)
	}
}

func TestQuote(t *testing.T) {
	for value, want := range map[string]string{
		"": "''", "a": "a", "a b": "'a b'", "a\tb": "'a\tb'", `a'b`: `'a\'b'`, `a\b`: `'a\\b'`, "a=b": "a=b", "é": "é", "\xff": "\xff",
	} {
		if got := quote(value); got != want {
			t.Errorf("quote(%q) = %s, want %s", value, got, want)
		}
		o, err := Parse("user=" + want)
		if err != nil {
			t.Fatal(err)
		}
		if back, _ := o.Get("user"); back != value {
			t.Errorf("%q comes back as %q", value, back)
		}
	}
}
