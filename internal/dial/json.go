package dial

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// object is a JSON object whose fields are still text.
type object map[string]json.RawMessage

// parseObject reads a JSON object and nothing after it. In contrast to package
// json it refuses a field that is there twice, as two readers could then see
// different things, and objects deeper than nesting.
func parseObject(data []byte, nesting int) (object, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8")
	}
	if err := shallow(data, nesting); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	m := make(object)
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, errors.New("malformed JSON")
		}
		if _, twice := m[name]; twice {
			return nil, errors.New("a field is there twice")
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return nil, errors.New("malformed JSON")
		}
		m[name] = value
	}
	return m, nil
}

// shallow checks the syntax and the depth of all of the text.
func shallow(data []byte, nesting int) error {
	if !json.Valid(data) {
		return errors.New("malformed JSON")
	}
	depth, inString := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > nesting {
				return fmt.Errorf("nested deeper than %d", nesting)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// text returns a field that is a string, "" when there is none.
func (m object) text(name string) (string, error) {
	raw, ok := m[name]
	if !ok {
		return "", nil
	}
	var s *string
	if json.Unmarshal(raw, &s) != nil || s == nil {
		return "", fmt.Errorf("field %q is not a string", name)
	}
	return *s, nil
}

// seconds returns a field that is a number, or a string with one as some
// issuers have it; absent when there is none.
func (m object) seconds(name string, absent int) (int, error) {
	raw, ok := m[name]
	if !ok {
		return absent, nil
	}
	text := string(raw)
	if s, err := m.text(name); err == nil {
		text = s
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n < 0 || n > 1<<31-1 {
		return 0, fmt.Errorf("field %q is not a number of seconds", name)
	}
	return int(n), nil
}
