// Package compat tests Parley with other people's packages: types that are columns
// and parameters without an adapter, by sql.Scanner and driver.Valuer, by
// encoding's interfaces, or by their memory alone; and libraries on top of
// database/sql, to which parley/sqldriver is a driver as any other. It is a module
// of its own, so that none of them is a dependency of Parley. For what does need an
// adapter there are packages beside it: kerberos, and telemetry for OpenTelemetry.
package compat
