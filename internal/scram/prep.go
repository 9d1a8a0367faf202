package scram

import (
	"strings"
	"unicode/utf8"

	"github.com/xdg-go/stringprep"
	"golang.org/x/text/unicode/norm"
)

// Prepare returns the bytes that PostgreSQL derives keys from: the password
// after SASLprep (RFC 4013), or the password itself when SASLprep refuses it.
// RFC 5802 section 5.1 would refuse such passwords; PostgreSQL does not know
// the encoding at this point and so accepts them.
//
// PostgreSQL departs from RFC 4013 in small ways that change the result, and
// Prepare goes with PostgreSQL (src/common/saslprep.c):
//
//   - pure ASCII is left alone, control characters included;
//   - ZERO WIDTH SPACE becomes a space, though RFC 3454 table B.1 would remove
//     it, because PostgreSQL looks at the spaces first;
//   - prohibited characters, unassigned code points and directions are checked
//     before normalization and not after it;
//   - a password of which nothing is left is used as it is.
func Prepare(password string) string {
	if isASCII(password) || !utf8.ValidString(password) {
		return password
	}
	mapped, err := beforeNormalization.Prepare(password)
	if err != nil || mapped == "" {
		return password
	}
	return norm.NFKC.String(mapped)
}

// beforeNormalization is the SASLprep profile without its second step.
var beforeNormalization = stringprep.Profile{
	Mappings: []stringprep.Mapping{spaces, stringprep.TableB1, alsoRemoved},
	// RFC 4013 section 2.3, and section 2.5: passwords are stored strings, so
	// unassigned code points are prohibited. Table C.1.2 needs no place here,
	// as the first mapping leaves nothing of it.
	Prohibits: []stringprep.Set{
		stringprep.TableA1,
		stringprep.TableC2_1, stringprep.TableC2_2, stringprep.TableC3,
		stringprep.TableC4, stringprep.TableC5, stringprep.TableC6,
		stringprep.TableC7, stringprep.TableC8, stringprep.TableC9,
	},
	CheckBiDi: true,
}

// alsoRemoved is the one entry of RFC 3454 table B.1 that the library's table
// lacks: MONGOLIAN TODO SOFT HYPHEN.
var alsoRemoved = stringprep.Mapping{0x1806: {}}

// spaces maps the non-ASCII spaces of RFC 3454 table C.1.2 to the space.
var spaces = func() stringprep.Mapping {
	m := stringprep.Mapping{}
	for _, span := range stringprep.TableC1_2 {
		for r := span[0]; r <= span[1]; r++ {
			m[r] = []rune{' '}
		}
	}
	return m
}()

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
