package conninfo

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	envs := map[string]string{}
	for _, k := range Keywords() {
		if strings.ToLower(k.Name) != k.Name || isOwn(k.Name) {
			t.Errorf("%s is not a name for a keyword", k.Name)
		}
		if k.Env != "" && (!strings.HasPrefix(k.Env, "PG") || envs[k.Env] != "") {
			t.Errorf("%s: the variable %s is odd or also that of %q", k.Name, k.Env, envs[k.Env])
		}
		envs[k.Env] = k.Name
		if !strings.HasSuffix(k.Doc, ".") || strings.Count(k.Doc, ". ") > 0 {
			t.Errorf("%s: %q is not one sentence", k.Name, k.Doc)
		}
		isEnum := k.Kind == Enum || k.Kind == EnumFold
		if isEnum != (len(k.Values) > 0) {
			t.Errorf("%s: kind %v with values %v", k.Name, k.Kind, k.Values)
		}
		if isEnum && k.Default != "" && !slices.Contains(k.Values, k.Default) {
			t.Errorf("%s: the default %q is not a value", k.Name, k.Default)
		}
		if k.Since != 0 && (k.Since < 10 || k.Since > 19) {
			t.Errorf("%s: since version %d", k.Name, k.Since)
		}
	}
	if len(table) != 52 || len(index) != len(table) {
		t.Errorf("%d keywords under %d names, want 52: the 50 of libpq 18 and the 2 new in 19", len(table), len(index))
	}
}

// TestTableResolves holds that every default and every listed value passes the checks.
func TestTableResolves(t *testing.T) {
	// What some values need beside them.
	beside := map[string]string{"sslnegotiation": "sslmode=require", "ssl_max_protocol_version": "ssl_min_protocol_version=''"}
	for _, k := range Keywords() {
		for _, value := range append(slices.Clone(k.Values), k.Default) {
			if value == "" {
				continue
			}
			if _, err := Resolve(beside[k.Name]+" "+k.Name+"="+value, machine(nil, nil)); err != nil {
				t.Errorf("%s=%s: %v", k.Name, value, err)
			}
		}
	}
}
