package wire

var functionSamples = []sample{
	{"all", &FunctionCall{1598, []Format{1}, [][]byte{[]byte("ab"), nil, {}}, 1}, Context{},
		"F\x00\x00\x00\x1e\x00\x00\x06\x3e\x00\x01\x00\x01\x00\x03\x00\x00\x00\x02ab\xff\xff\xff\xff\x00\x00\x00\x00\x00\x01"},
	{"no arguments", &FunctionCall{Function: 0xfffffffe, ResultFormat: -1}, Context{},
		"F\x00\x00\x00\x0e\xff\xff\xff\xfe\x00\x00\x00\x00\xff\xff"},
	{"value", &FunctionCallResponse{[]byte("\x00\x07")}, Context{}, "V\x00\x00\x00\x0a\x00\x00\x00\x02\x00\x07"},
	{"NULL", &FunctionCallResponse{nil}, Context{}, "V\x00\x00\x00\x08\xff\xff\xff\xff"},
	{"empty", &FunctionCallResponse{[]byte{}}, Context{}, "V\x00\x00\x00\x08\x00\x00\x00\x00"},
}

var functionFlaws = []flaw{
	{"no function", KindFunctionCall, Context{}, "\x00\x00\x06", "function", 5, "needs 4 bytes, 3 left"},
	{"no formats", KindFunctionCall, Context{}, "\x00\x00\x06\x3e", "argFormats", 9, "needs 2 bytes, 0 left"},
	{"formats beyond the bytes", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x03\x00\x00\x00\x00", "argFormats", 9,
		"has 3 elements of at least 6 bytes together, 4 left"},
	{"no arguments", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00", "args", 11, "needs 2 bytes, 0 left"},
	{"arguments beyond the bytes", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00\x00\x02\xff\xff\xff\xff\x00\x00", "args", 11,
		"has 2 elements of at least 8 bytes together, 6 left"},
	{"argument of length -3", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00\x00\x01\xff\xff\xff\xfd\x00\x00", "args[0]", 13,
		"has the negative length -3"},
	{"argument beyond the end", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00\x00\x01\x00\x00\x00\x09abc", "args[0]", 13,
		"has the length 9, 3 bytes left"},
	{"no result format", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00\x00\x00\x00", "resultFormat", 13, "needs 2 bytes, 1 left"},
	{"two result formats", KindFunctionCall, Context{}, "\x00\x00\x06\x3e\x00\x00\x00\x00\x00\x00\x00\x00", "end", 15, "2 bytes after the last field"},
	{"no length", KindFunctionCallResponse, Context{}, "\x00\x00\x00", "result", 5, "needs 4 bytes, 3 left"},
	{"length -2", KindFunctionCallResponse, Context{}, "\xff\xff\xff\xfe", "result", 5, "has the negative length -2"},
	{"value beyond the end", KindFunctionCallResponse, Context{}, "\x00\x00\x00\x02x", "result", 5, "has the length 2, 1 byte left"},
	{"value before the end", KindFunctionCallResponse, Context{}, "\x00\x00\x00\x01xy", "end", 10, "1 byte after the last field"},
}

var functionRefusals = []encodeFlaw{
	{"formats", &FunctionCall{ArgFormats: make([]Format, 65536)}, "argFormats", "has 65536 elements, more than 65535"},
	{"arguments", &FunctionCall{Args: make([][]byte, 65536)}, "args", "has 65536 elements, more than 65535"},
}
