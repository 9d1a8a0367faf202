package wire

var copySamples = []sample{
	{"text", &CopyInResponse{0, []Format{0, 0}}, Context{}, "G\x00\x00\x00\x0b\x00\x00\x02\x00\x00\x00\x00"},
	{"no columns", &CopyInResponse{}, Context{}, "G\x00\x00\x00\x07\x00\x00\x00"},
	{"a format that does not exist", &CopyInResponse{0xff, []Format{-1}}, Context{}, "G\x00\x00\x00\x09\xff\x00\x01\xff\xff"},
	{"binary", &CopyOutResponse{1, []Format{1}}, Context{}, "H\x00\x00\x00\x09\x01\x00\x01\x00\x01"},
	{"both ways", &CopyBothResponse{0, nil}, Context{}, "W\x00\x00\x00\x07\x00\x00\x00"},
	{"a row", &CopyData{[]byte("1\tx\n")}, Context{}, "d\x00\x00\x00\x081\tx\n"},
	{"nothing", &CopyData{[]byte{}}, Context{}, "d\x00\x00\x00\x04"},
	{"reason", &CopyFail{"no"}, Context{}, "f\x00\x00\x00\x07no\x00"},
	{"no reason", &CopyFail{}, Context{}, "f\x00\x00\x00\x05\x00"},
}

var copyFlaws = []flaw{
	{"nothing", KindCopyInResponse, Context{}, "", "format", 5, "needs 1 byte, 0 left"},
	{"no count", KindCopyInResponse, Context{}, "\x00\x00", "columns", 6, "needs 2 bytes, 1 left"},
	{"columns beyond the bytes", KindCopyInResponse, Context{}, "\x00\x00\x02\x00\x00\x00", "columns", 6,
		"has 2 elements of at least 4 bytes together, 3 left"},
	{"column too many", KindCopyInResponse, Context{}, "\x00\x00\x01\x00\x00\x00\x00", "end", 10, "2 bytes after the last field"},
	{"no count", KindCopyOutResponse, Context{}, "\x01", "columns", 6, "needs 2 bytes, 0 left"},
	{"no count", KindCopyBothResponse, Context{}, "\x01\x00", "columns", 6, "needs 2 bytes, 1 left"},
	{"nothing", KindCopyFail, Context{}, "", "reason", 5, "has no terminating zero byte"},
	{"two reasons", KindCopyFail, Context{}, "a\x00b\x00", "end", 7, "2 bytes after the last field"},
}

var copyRefusals = []encodeFlaw{
	{"columns", &CopyInResponse{0, make([]Format, 65536)}, "columns", "has 65536 elements, more than 65535"},
	{"columns", &CopyOutResponse{0, make([]Format, 65536)}, "columns", "has 65536 elements, more than 65535"},
	{"columns", &CopyBothResponse{0, make([]Format, 65536)}, "columns", "has 65536 elements, more than 65535"},
	{"NUL", &CopyFail{"\x00"}, "reason", "contains a NUL byte"},
}
