package scram

import (
	"testing"
	"unicode/utf8"
)

// TestPrepareAsPostgreSQL replays what PostgreSQL 15 stored for CREATE ROLE ...
// PASSWORD in a database without an encoding: each secret proves which bytes
// the server derived it from.
func TestPrepareAsPostgreSQL(t *testing.T) {
	for _, tt := range postgresSecrets {
		secret, err := ParseSecret("SCRAM-SHA-256$4096:" + tt.secret)
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := secret.Matches(tt.password, nil); !ok || err != nil {
			t.Errorf("password %+q does not match what PostgreSQL stored (prepared as %+q), error %v", tt.password, Prepare(tt.password), err)
		}
	}
}

func TestPrepare(t *testing.T) {
	for password, want := range map[string]string{
		"":              "",
		"pencil":        "pencil",
		"I\u00adX":      "IX",           // RFC 4013 section 3
		"USER":          "USER",         // case is kept
		"\u00aa":        "a",            // NFKC
		"\u2168":        "IX",           // NFKC
		"\x07":          "\x07",         // RFC 4013 prohibits it; PostgreSQL looks no further than ASCII
		"\u06271":       "\u06271",      // right to left, ends in a digit: prohibited, so raw
		"a\u200bb":      "a b",          // not removed
		"a\u1806\u00e9": "a\u00e9",      // missing from the library's table
		"\u00ad":        "\u00ad",       // nothing would be left
		"\u1d2c\u00aa":  "\u1d2c\u00aa", // unassigned in Unicode 3.2: raw as a whole
		"\xff\u00aa":    "\xff\u00aa",   // not UTF-8
		"e\u0301":       "\u00e9",
	} {
		if got := Prepare(password); got != want {
			t.Errorf("Prepare(%+q) = %+q, want %+q", password, got, want)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	for _, tt := range postgresSecrets {
		f.Add(tt.password)
	}
	f.Fuzz(func(t *testing.T, password string) {
		prepared := Prepare(password)
		if password != "" && prepared == "" {
			t.Errorf("nothing is left of %+q", password)
		}
		if isASCII(password) && prepared != password {
			t.Errorf("%q became %q", password, prepared)
		}
		if utf8.ValidString(prepared) != utf8.ValidString(password) {
			t.Errorf("%+q became %+q", password, prepared)
		}
	})
}

var postgresSecrets = []struct{ password, secret string }{
	{"pencil", "SJrY1vBnrBrhDPIAvxEmDQ==$Yjk0kOIl0is1YoZj/XASPi47hmontgeCbAM+ljlf1mQ=:4iQt1+UTaEeCUHzEbpWDECWfHSG+talAbXn3IqYjqv0="},
	{"a\xc2\xa0b", "ur5FVf2ScsCAI9mhloaZ2w==$NMD9HXCoThaUk8WWuRn0QwLCQkHm2NBQAev4tRkmAjo=:6K8RC8M2RFZrFhatUXtwEKPmybP1ueNkGXwFYkr0GWc="},
	{"a\xe2\x80\x8bb", "wBa1B10mZFqUeUFlY/6jhw==$xonl0WRWDjaFvPy+VJHk0CtGX440TlYbPpsrckZHroI=:bF8q0YCh46ab0XwwMJFSKx2HryKObuqNjWXOoQPQdT8="},
	{"a\xc2\xadb", "gbXmB9VSqbm//9ZaWksUGg==$sB/42XEMWauUjgYpRdI1/GofKPMcElRBVK4ET6sOBHk=:gvQa/y/eSSTed1qDDpA9MQBOFUMMOjSkjRoO+HXD/qE="},
	{"\xc2\xad", "1+qMZt5/ZMf2Jyyj47Y3zA==$AWXma2aE0mrOe6LTFuBSwHPGI+kG2RPeb17VsaaPcag=:oncq4MyDm6HysHA8ZrYdE0oYtpQv7NGpK94X6vq4rOM="},
	{"\xc2\xaa", "s68/RbmEaeL97i4infBzMA==$xYMKYDbxQ8fngaCfHYjkLn2tHHZyC3j08MKq4wgJvFs=:2yqWJkglP0R2vkhCBnF5yyxvMKg6lI2WqpYUnEaxLJs="},
	{"I\xc2\xadX", "SCNYDgkxnxmMBWd/BuitBA==$6PpNvMkROiqcUuqj1B9bEswKlK6vhem/J2mCliN/rzY=:feGD/d7R8doXyoDfX7+Tsw+zbfpOSc2xL+8INufe6TE="},
	{"\xe2\x85\xa8", "NdJX/xJS9J3R4YgfnN1p9A==$F4rIFxN7Anzn8Zey7TCpQPqqgMp+F4Qk3ZG1uZLwT0c=:JpSo2xelKAKIt4hrJ/eNk6pF97kW/+1yG2VGtYA4q44="},
	{"\xe1\xb4\xacbc", "cQxX0VtLnqUAxZmOlzq4Lg==$mmZmZCBWQtAtaVwKyaod5b6Q59z6WwUNeTu4R6IXxSE=:Fi/n+uoLTn+7LqkpB5LzGgSb77DCPNzMhHsgy9gQZn8="},
	{"\xf0\x9f\x99\x82 smile", "OpnPR+5taKWf0OPUcegKjw==$tB9Kli8AuKgAWGMXjXzC5ciB9GjOom4+hH5brpZd5VU=:xQgZY/DJStjYRKIg4bJndE9uNBaq4X2Ew+rp7h00TcM="},
	{"\xd8\xa71", "2rKlAYlpTuTBHEseCXuZaA==$TjUMI2Y+mNKG8Li3i+s9AZf5h7wEb6uujwlsLQe384A=:OR6nSJ73/JyWnzK5k5vlvtdezgRZ+fFKMV61CL0hETI="},
	{"\xd8\xa7\xd9\x84\xd8\xa7", "hbN/X7HRQBy9+Wptr2bLiw==$UEiNJlvc1TidmFEHg8jRUWjqWS/MSuYbXFuWpYSmsIw=:I7ugCNE/Cbw0hdKL9lVBxlaPxWYT+4nBAHogPAgIlTc="},
	{"\xd8\xa7a\xd8\xa7", "sx/aL5EVYqrDlwIf7qYvGw==$iIOAiMMlGudfoo5Nu7LsiIdgsK0W3Az0ky8ZglAOnaI=:PL7AgQEFN9MtUE5ezYOKm8AAcUwL6dXhnKxB14OG1ZM="},
	{"e\xcc\x81", "+B0LJi1CMp6bPk5ZjMtkYA==$sUU4Xr9Ud6PKeNX2oZrIoeSUKlnrHCoZm0MmQHbXiPY=:OuFvKo0y/e4wt74EwWI4GP8O+eB8qvO1SGVK9Bu8itA="},
	{"\xef\xac\x81sh", "C/hYI+12gJFm2ueJ2NdiMA==$hXRYXWTK4wsT+LHPTkPTV6yi2k9R1GCIVMhWFh0PrhE=:dOyqK+dNlOf8GTMPjV/ankBNGY4ZGSAxKEPYaLoG0Mg="},
	{"\xe3\x80\x80", "X2MaH8N5n4mDIe96fQvxrg==$hiLDxnoJfS+xyFWOWjQ5cPuzl38NFXR6gBRThEA/Cyk=:tRE60OkkgjMV7tmm0x+F3U6merBFtIaSwoYHpjhrC9M="},
	{"a\x07b", "Z9k1M0Ps6l/TgR/qDKG3hw==$sk7HOnfvmI0UvBDraqwhGitFkrYk6F4bLKK9Gb03weM=:bmkGNQ0CcYw4q68qK44i2i+XtnZvYryzr2ZMfpW9/2M="},
	{"\xc3\xa9\x07", "ZEPxSaj8lcCOTzhgPcwcYg==$+QCqKES4KJskdd5TtdcOjNyTxfb+EKHEWecHgZWFGN0=:09bhXpDSNHpULLn6ABh7K1wUKNGtEd65SCuuKIwFzAs="},
	{"\xc3\xa9\xc2\x85", "pbAYNYCJkQD8Q5lmdzmSag==$mlIoOYOFR9Q4tIUuxng9cfRc7TzCe+Tehd/Bj/YIsdM=:jSCoGE65Drn0Pfjz8fyCFH3BS1Lwt1R1WiCbkB3GVmw="},
	{"\xef\xbb\xbfx\xef\xbb\xbf\xc3\xa9", "1VP0gMzgr34zHZLcN7aQ4w==$tOzhIWdjNdhhW52QGeFSRxQFZW/2UvYpIJsDaQqa0pk=:BULkIfAecAPZrsF6cgg0cS+jm44tRUNWCnf03TVN2Og="},
	{"\xed\x95\x9c\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8", "xGvzVqHCc0dUwPA5e/45Lg==$yMyrPQ/UHY2EK0qwuNKcMJePYC8LwhPjmhlMDsQkalQ=:iyii9sGPK/9cCwcW4hzVK8E7V5rvVYuUHlpWnezJj5c="},
	{"\xe2\x84\xa6\xe2\x84\xab", "9fCTW4ONWQzRnB9lGeJojQ==$lvonDn3rxuvF9qRHrUe83G97UuvwxGAvTlK50wKqdcI=:YWNCcelxwRFh5l7vpcrqebLeKyXcw5sF6qRLFI888c4="},
	{"\xcd\x80\xcd\x81", "L2EJnNM4s6Pm8SfTIMJ06Q==$bK7Y0wm/pBok3iT+2KQ5OyRRIRQEuiVZt29NSRhBCog=:mSc9r+dIWxNLZzTW8f+EVSG7vTcZWaIf80E8Y8X/7X4="},
	{"\xc3\x9f\xe2\x80\x8b", "WyQ9duK9A7oVzipWZj4DoA==$vJZZvUHzUd1lfKLL5LMb1BFjq3gbWvUqEUr4zLstOG0=:YcTB0cZVC7nBp876zMavYqnPFrVxAHcsZTR/lyDo1rI="},
	{"\xe1\xba\x9b\xcc\xa3", "Kl46bLRvSyno6dK0wKgd4A==$R3Wh2gsFkyw3b2SN3vVxoeVY8hoTe5lHew8XQh0+Odk=:xL2KAoF9WOXA9xeo+RO0hAHf4MsS/Tfyf+5ayjgFqpk="},
	{"=,\xc2\xbd", "Q514xvynkPN3Nu4p70h6lg==$sNOzJBvOdb4oqlcvZEnKkKGNOw6jmS/ooU5x2M/9Ifk=:7N/yepZSK+jOxzXqlUJwUlBWD4I978EtfVltEWboq2M="},
	{"\xe2\x80\x8c\xe2\x80\x8d", "2LncRTMrxdCKMXSJPXcWdQ==$9iB5C+/12Syp6zY3hQFSlG3yQ8tdSVy0suQ4IujQQoc=:JTg2uxBtIK8TGJCBlD3EiaKHuVdPplWpLm68MwIYRj4="},
	{"\xc8\xa2\xc8\xa3", "9+LIBAAUWDeuNHjoZDwyyQ==$R1LMcZBegkZTWjYd0tLNKl4YvzxYVqATRsaKcnweXp0=:p4I+2u2u1nalduuLkFJ7dqFXo92bESka8z9aq8DXmRE="},
	{"\xef\xac\x9d\xd7\x90 \xd7\x90", "UW+GgrZX+z6n5GVE+RFb4Q==$WyCjKaRSBDpRg2Ipse8B075L0xPrBisnRG5cwyYmweQ=:GFm5GGMCgTWJfc6OQ5ZbVtbXwqJ9aSnyjHoDBVaMyxs="},
	{"\xdb\x9d", "KC4Z2oGs5hk54JK/xZ3KIA==$mlZTAUbuxhUAPiq4VwWsJA4rjT8+ZV5IwObRhzj1Yr0=:98uddD9efh7r06urdPAG559xYhjCotABzblLf+yGHAw="},
	{"\xef\xb7\xba", "OvMJBciFgZTOIWM5afHMVA==$v9EW7Hj4QfXS3zhbEsBDOXaR1EqGUOp/pzW4m+kCxzI=:hFckQBDmh7LbzJSsXUniM5yJRgmiJA1vkkeAXGvoUTc="},
	{"\xcd\xba", "WzrwrRhVIZpBvKjHqWvo9g==$1dkz4ohYa7O6lMbBmbcXYiUppMLgvXw99f5G8rQni6w=:ka4ybKjEAPXVlkB3TN+mOXGNW9cY3rORaU9YRa33c1g="},
	{"\xee\x80\x80", "ACxCSNeTnXMjo4OqPQm1CA==$K+GRsqysu5udz7VMTh3+L/GAClJxqx2vQhnTRsFlw6k=:u2yfwfBvg9WuQ562fIxBMgBNkaWUxombVBZAZnRDV9E="},
	{"\xe2\xbe\x87f", "K1ou2uxy7v49rwJuiTKqWQ==$kEIoRCTXiQuxfVdkdTn3JLXE1dOReAvUczI5ag5+EFw=:edpgV484+cdTxTz/UVQx/Q1B2xibnghGzwJmw/2xRjs="},
	{"\xf0\xaf\xa1\xa8", "zH03B9uPSum3Xjj+aNLbcw==$gWYEhfTLojI3sXN7kfSsAhAmgInJSBfnN4fkt3wZC/c=:hnv7+rdNV+rYjQpWYz59ARqNb48dARRKUyMo0W2aCxw="},
	{"\xff\xfe", "NB+G2JXR5oD2kIET9ZZkug==$rF7m5aywiiWrclaAqFqQVh/Gux7wJmzMM55H7mTLyM4=:qgMEzAaXj9RD1XXS4DZOxJ/i4V6bajJJ4/Lz4dmc8UY="},
	{"caf\xe9", "731lp23A0cNp4HIKYRp8Kg==$/SfW/gS17z/UXL6LO0OWy1yNtctRv9D6mVd4GRttmkY=:WKf0Kl/+Phx4zvYQKTIMrkx5kZqzzjJjF9eCd4uL1ag="},
	{"\xc0\x80a", "Urk7+BAcAD+z+WHfgwCOqQ==$12pHQI6kA7A313acUxiFYL96oQGm+A4NsmZ+y7BfwQI=:hBbObRcJALcklrcJGhF2t703Ep8L9cem/gyYb/WuMWU="},
	{"\xed\xa0\x80x", "CwMYW1VigqLVpHYfd1NYaQ==$QmYTELGqlgvMS+o7qk+641rBFZXRGBicVJtPiKT3ml8=:3T/zEQREdMOwGiyPQD+XM7+IrVRsX4SJqYfvi2m81pI="},
	{"x\xc2\xa0\xff", "qdOoEasj/vvmqHUdzV8pgQ==$/mZ8cAhr88kzcDUcYJ8m6Vi/FFFxGtzWB8bhmdYRwBc=:Q/vFqhsqfAOtlIIghf6dzc9LQTLvXJNGLulr0myP0MM="},
}
