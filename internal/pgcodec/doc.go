// Package pgcodec is the bytes of PostgreSQL's values: leaf functions between
// the text and binary forms and plain Go memory. It knows no type but by name;
// package pgtype makes pleasant types of it, internal/scan makes plans of it.
//
// # Terminology
//
//   - A form is a value's bytes: text, as the server prints it, or binary, as
//     the type's send function writes it. A form has no length in front, and
//     NULL has none.
//   - A leaf is a value with no values inside: a number, a date, an address.
//     Arrays, records, ranges and multiranges have some.
//
// # What is here
//
// Functions called AppendX write the text of an X, AppendXBinary its binary
// form; ParseX reads text, and takes a string or bytes; XFromBinary reads the
// binary form. Append functions allocate nothing when dst has room.
//
//	floats       AppendFloat32, AppendFloat64 (as the server prints them)
//	times        AppendDate, ParseDate, DateTime, TimeDate and so on: days,
//	             microseconds and time.Time in times.go
//	numeric      AppendNumeric, NumericInt64, NumericFloat64 and so on work on
//	             the binary form itself
//	interval     AppendInterval, ParseInterval
//	addresses    AppendInet, ParseInet, InetFromBinary; AppendMAC, ParseMAC
//	uuid, bytea  AppendUUID, ParseUUID; AppendBytea, ParseBytea
//	bool         ParseBool
//	containers   ReadArray, ReadArrayText; ReadRecord, ReadRecordText; ReadRange,
//	             ReadRangeText; ReadMultirange, ReadMultirangeText: one reader
//	             for both forms, which yields the forms of the values inside;
//	             AppendArrayHeader, AppendArrayDims, QuoteElem, QuoteField,
//	             QuoteBound write them
//
// # Bytes from a peer
//
// Every count is compared with the bytes that are there before it is believed;
// nothing is allocated by a count. Errors tell what was wrong, never the value.
package pgcodec
