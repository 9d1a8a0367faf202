package policy

import "testing"

func TestOptions(t *testing.T) {
	expect(t, checkOptions, files{"a.go": "package p\ntype Option func(*Config)\n"}, "Option is a functional option")
	expect(t, checkOptions, files{"a.go": "package p\ntype dialOpt func(*Config) error\n"}, "dialOpt")
	expect(t, checkOptions, files{"a.go": "package p\ntype Option struct{ Name string }\ntype Handler func()\n"})
}

func TestResults(t *testing.T) {
	expect(t, checkResults, files{"a.go": "package p\nfunc Get() (any, error) { return nil, nil }\n"}, "Get returns any")
	expect(t, checkResults, files{"wire/a.go": "package p\nfunc (r *Row) Values() []any { return nil }\n"}, "Row.Values returns any")
	expect(t, checkResults, files{"a.go": "package p\nfunc Get() map[string]interface{} { return nil }\n"}, "Get returns any")
	expect(t, checkResults, files{
		"a.go":           "package p\nfunc Get[T any]() (T, error) { panic(0) }\nfunc get() any { return nil }\nfunc Put(any) {}\n",
		"sqldriver/a.go": "package p\nfunc Get() any { return nil }\n",
	})
}

func TestMocks(t *testing.T) {
	expect(t, checkMocks, files{"a_test.go": "package p\ntype mockConn struct{}\n"}, "mockConn is a mock")
	expect(t, checkMocks, files{"a_test.go": "package p\ntype smock struct{}\n"})
}
