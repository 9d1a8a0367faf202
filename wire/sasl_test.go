package wire

var saslSamples = []sample{
	{"two", &AuthenticationSASL{[]string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}}, Context{},
		"R\x00\x00\x00\x2a\x00\x00\x00\x0aSCRAM-SHA-256-PLUS\x00SCRAM-SHA-256\x00\x00"},
	{"none", &AuthenticationSASL{}, Context{}, "R\x00\x00\x00\x09\x00\x00\x00\x0a\x00"},
	{"challenge", &AuthenticationSASLContinue{[]byte("r=a,s=b")}, Context{}, "R\x00\x00\x00\x0f\x00\x00\x00\x0br=a,s=b"},
	{"empty", &AuthenticationSASLContinue{[]byte{}}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x0b"},
	{"outcome", &AuthenticationSASLFinal{[]byte("v=\x00")}, Context{}, "R\x00\x00\x00\x0b\x00\x00\x00\x0cv=\x00"},
	{"empty", &AuthenticationSASLFinal{[]byte{}}, Context{}, "R\x00\x00\x00\x08\x00\x00\x00\x0c"},
	{"first message", &SASLInitialResponse{"SCRAM-SHA-256", []byte("n,,")}, Context{Password: KindSASLInitialResponse},
		"p\x00\x00\x00\x19SCRAM-SHA-256\x00\x00\x00\x00\x03n,,"},
	{"no first message", &SASLInitialResponse{"X", nil}, Context{Password: KindSASLInitialResponse},
		"p\x00\x00\x00\x0aX\x00\xff\xff\xff\xff"},
	{"empty first message", &SASLInitialResponse{"", []byte{}}, Context{Password: KindSASLInitialResponse},
		"p\x00\x00\x00\x09\x00\x00\x00\x00\x00"},
	{"response", &SASLResponse{[]byte("c=biws")}, Context{Password: KindSASLResponse}, "p\x00\x00\x00\x0ac=biws"},
	{"empty", &SASLResponse{[]byte{}}, Context{Password: KindSASLResponse}, "p\x00\x00\x00\x04"},
}

var saslFlaws = []flaw{
	{"code of another", KindAuthenticationSASL, Context{}, "\x00\x00\x00\x0b\x00", "code", 5, "is not 10"},
	{"no list", KindAuthenticationSASL, Context{}, "\x00\x00\x00\x0a", "mechanisms", 9, "has no terminating zero byte"},
	{"list without end", KindAuthenticationSASL, Context{}, "\x00\x00\x00\x0aX\x00", "mechanisms", 11, "has no terminating zero byte"},
	{"mechanism without end", KindAuthenticationSASL, Context{}, "\x00\x00\x00\x0aX\x00Y", "mechanisms[1]", 11, "has no terminating zero byte"},
	{"bytes after the list", KindAuthenticationSASL, Context{}, "\x00\x00\x00\x0aX\x00\x00Y\x00", "end", 12, "2 bytes after the last field"},
	{"code of another", KindAuthenticationSASLContinue, Context{}, "\x00\x00\x00\x0c", "code", 5, "is not 11"},
	{"code of another", KindAuthenticationSASLFinal, Context{}, "\x00\x00\x00\x0b", "code", 5, "is not 12"},
	{"no code", KindAuthenticationSASLFinal, Context{}, "\x00\x00\x00", "code", 5, "needs 4 bytes, 3 left"},
	{"mechanism without end", KindSASLInitialResponse, Context{}, "X", "mechanism", 5, "has no terminating zero byte"},
	{"no length", KindSASLInitialResponse, Context{}, "X\x00\x00\x00", "data", 7, "needs 4 bytes, 2 left"},
	{"length -2", KindSASLInitialResponse, Context{}, "X\x00\xff\xff\xff\xfe", "data", 7, "has the negative length -2"},
	{"length beyond the end", KindSASLInitialResponse, Context{}, "X\x00\x00\x00\x00\x04abc", "data", 7, "has the length 4, 3 bytes left"},
	{"length before the end", KindSASLInitialResponse, Context{}, "X\x00\x00\x00\x00\x02abc", "end", 13, "1 byte after the last field"},
	{"bytes after none", KindSASLInitialResponse, Context{}, "X\x00\xff\xff\xff\xffabc", "end", 11, "3 bytes after the last field"},
}

var saslRefusals = []encodeFlaw{
	{"NUL in a mechanism", &AuthenticationSASL{[]string{"A", "B", "C\x00"}}, "mechanisms[2]", "contains a NUL byte"},
	{"empty mechanism", &AuthenticationSASL{[]string{"A", ""}}, "mechanisms[1]", "is empty, which would end the list"},
	{"NUL in the mechanism", &SASLInitialResponse{"\x00", nil}, "mechanism", "contains a NUL byte"},
}
