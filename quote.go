package parley

import "strings"

// Identifier returns a name as SQL writes it, in double quotes, so that any
// name can stand in a statement. A schema and a table are two identifiers.
func Identifier(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
