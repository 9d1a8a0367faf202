package dial

import "testing"

func TestParseObject(t *testing.T) {
	for text, ok := range map[string]bool{
		`{}`: true, ` {"a":1,"b":[{"c":null}]} `: true, `{"a":"}{][\"{"}`: true, `{"a":"\\"}`: true,
		``: false, `[]`: false, `1`: false, `{`: false, `{} {}`: false, `{"a":1,"a":2}`: false, `{"a":[[[]]]}`: false,
		"{\"a\":\"\xff\"}": false, `{"a":1}x`: false, `{a:1}`: false, `null`: false,
	} {
		if _, err := parseObject([]byte(text), 3); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
	m, err := parseObject([]byte(`{"s":"x","n":5,"f":1.5,"t":"7","neg":-1,"nan":"NaN","huge":1e99,"null":null,"obj":{}}`), 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{"s": true, "absent": true, "n": false, "null": false, "obj": false} {
		if _, err := m.text(name); (err == nil) != ok {
			t.Errorf("text %s: %v", name, err)
		}
	}
	for name, want := range map[string]int{"n": 5, "f": 1, "t": 7, "absent": 9, "s": -1, "neg": -1, "nan": -1, "huge": -1, "null": -1} {
		got, err := m.seconds(name, 9)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("seconds %s: %d, want %d", name, got, want)
		}
	}
}
