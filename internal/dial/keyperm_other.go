//go:build !unix

package dial

import "io/fs"

// keyExposed cannot tell without the permissions of Unix; libpq does not try
// either.
func keyExposed(fs.FileInfo) bool { return false }
