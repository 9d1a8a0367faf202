package policy

import "fmt"

// minRatio is test lines per line of code, in tenths, so that the sum is exact.
const minRatio = 13

const ratioWhy = "in wire and in the client a mistake is lost or crossed data, and the only proof against it is tests: at least " +
	"1.3 lines of test per line of code. Counted are lines with a token in them; golden files, corpora, comments and generated code do not count."

// proven are the packages, in the notation of rooms, whose tests are weighed.
var proven = []string{"wire/...", "."}

func checkRatio(t *tree) []finding {
	var found []finding
	for _, pattern := range proven {
		code, test := 0, 0
		for _, f := range t.files {
			switch {
			case !f.isGo() || !within(f.dir(), pattern) || f.isGenerated():
			case f.isTest():
				test += codeLines(f.text)
			default:
				code += codeLines(f.text)
			}
		}
		if test*10 < code*minRatio {
			found = append(found, finding{path: pattern, text: fmt.Sprintf(
				"%d lines of test for %d lines of code; %d are missing", test, code, (code*minRatio+9)/10-test)})
		}
	}
	return found
}
