// Package compat tests that types of other people's packages are columns and
// parameters of Parley without an adapter: by sql.Scanner and driver.Valuer, by
// encoding's interfaces, or by their memory alone. It is a module of its own, so
// that none of them is a dependency of Parley.
package compat
