// Package scan moves values between PostgreSQL's forms and the memory of Go
// variables, by plans that are compiled once for a type of PostgreSQL and a
// type of Go and then run without reflection, look-ups and closures made.
//
// # Terminology
//
//   - A reader is the plan that reads one value into memory; a writer the plan
//     that writes one from memory.
//   - A row plan reads the body of a DataRow, or a tuple of a binary COPY, into
//     a struct, a map or a single value. A row writer does the opposite.
//   - Memory is where the strings and bytes of many values are carved from.
//   - A field is one of a Go struct, a column one of a result, an attribute one
//     of a composite type.
//
// # Conversions
//
// What a conversion would lose is an error, never rounded, cut or wrapped:
//
//	int2 int4 int8 oid …  every integer type in whose range the value lies; float64 and float32
//	                      where they hold it exactly
//	float4 float8         float64; float32 where it holds the value exactly (a float4 always);
//	                      integers where the value is whole and in range
//	numeric               integers where the value is whole and in range; big.Int, big.Rat; float64 and
//	                      float32 as the nearest, which is what one asks for by naming them; strings
//	bool                  bool
//	text and its kin      string, []byte, and what reads text
//	bytea                 []byte, [N]byte of the same length, string
//	timestamptz           time.Time in UTC, so that equal values are equal wherever they are read
//	timestamp date        time.Time whose clock in UTC shows it
//	time                  time.Duration since midnight
//	interval              time.Duration when it has neither months nor days
//	infinities            an error, except with the types of package pgtype
//	json jsonb            whatever encoding/json reads; string and []byte take the text itself
//	arrays                slices, arrays of the same length, slices of slices
//	composites            structs by names of attributes, maps with string keys
//
// Every type can be read into a string, which takes its text, and into any,
// which takes what pgtype.Value says. NULL goes into pointers, slices, maps,
// any, and what database/sql calls nullable; anywhere else it is an error.
package scan
