package scan

// The OIDs of the built-in types that have readers and writers of their own.
const (
	oidBool        = 16
	oidBytea       = 17
	oidChar        = 18
	oidName        = 19
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidText        = 25
	oidOID         = 26
	oidXID         = 28
	oidCID         = 29
	oidJSON        = 114
	oidXML         = 142
	oidCIDR        = 650
	oidFloat4      = 700
	oidFloat8      = 701
	oidUnknown     = 705
	oidMacaddr8    = 774
	oidMacaddr     = 829
	oidInet        = 869
	oidBPChar      = 1042
	oidVarchar     = 1043
	oidDate        = 1082
	oidTime        = 1083
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidInterval    = 1186
	oidNumeric     = 1700
	oidRefcursor   = 1790
	oidUUID        = 2950
	oidJSONB       = 3802
	oidXID8        = 5069
	oidRecord      = 2249
)

// isText reports whether a type's binary form is its text.
func isText(oid uint32) bool {
	switch oid {
	case oidText, oidName, oidBPChar, oidVarchar, oidXML, oidUnknown, oidRefcursor:
		return true
	}
	return false
}

// isInt reports whether a type is one of integers, and how many bytes its
// binary form has.
func isInt(oid uint32) (size int, signed, ok bool) {
	switch oid {
	case oidInt2:
		return 2, true, true
	case oidInt4:
		return 4, true, true
	case oidInt8:
		return 8, true, true
	case oidOID, oidXID, oidCID:
		return 4, false, true
	case oidXID8:
		return 8, false, true
	}
	return 0, false, false
}
