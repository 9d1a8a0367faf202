package wire

// Example returns a message of the kind with something in every field, for
// documentation and tests, or nil when there is no such kind. Each call makes
// a new one.
func Example(k Kind) Message {
	switch {
	case k == 0 || k >= kindCount:
		return nil
	case k <= KindGSSResponse:
		return exampleStartup(k)
	case k <= KindFunctionCallResponse:
		return exampleQuery(k)
	case k <= KindProgressReport:
		return exampleCopy(k)
	case k <= KindLogicalTruncate:
		return exampleLogical(k)
	}
	return exampleStream(k)
}

func exampleStartup(k Kind) Message {
	key := []byte{0x5a, 0x17, 0xc0, 0xde}
	switch k {
	case KindStartupMessage:
		return &StartupMessage{Version30, []Parameter{{"user", "ada"}, {"database", "app"}, {"client_encoding", "UTF8"}}}
	case KindCancelRequest:
		return &CancelRequest{4711, key}
	case KindSSLResponse:
		return &SSLResponse{'S'}
	case KindGSSENCResponse:
		return &GSSENCResponse{'N'}
	case KindNegotiateProtocolVersion:
		return &NegotiateProtocolVersion{Version30, []string{"_pq_.compression"}}
	case KindBackendKeyData:
		return &BackendKeyData{4711, key}
	case KindAuthenticationMD5Password:
		return &AuthenticationMD5Password{[4]byte{0x93, 0x1d, 0x6b, 0x02}}
	case KindAuthenticationGSSContinue:
		return &AuthenticationGSSContinue{[]byte{0x60, 0x28, 0x06, 0x09}}
	case KindAuthenticationSASL:
		return &AuthenticationSASL{[]string{"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}}
	case KindAuthenticationSASLContinue:
		return &AuthenticationSASLContinue{[]byte("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096")}
	case KindAuthenticationSASLFinal:
		return &AuthenticationSASLFinal{[]byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")}
	case KindPasswordMessage:
		return &PasswordMessage{"md58ad0e2fb3a2b4c3e5d6f70819a2b3c4d"}
	case KindSASLInitialResponse:
		return &SASLInitialResponse{"SCRAM-SHA-256", []byte("n,,n=,r=fyko+d2lbbFgONRv9qkxdawL")}
	case KindSASLResponse:
		return &SASLResponse{[]byte("c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=")}
	case KindGSSResponse:
		return &GSSResponse{[]byte{0x60, 0x82, 0x02, 0x4a}}
	}
	return New(k)
}

func exampleQuery(k Kind) Message {
	switch k {
	case KindQuery:
		return &Query{"select 1"}
	case KindParse:
		return &Parse{"s1", "select $1 + 1", []uint32{23}}
	case KindBind:
		return &Bind{"", "s1", []Format{BinaryFormat}, [][]byte{{0, 0, 0, 41}, nil}, []Format{TextFormat}}
	case KindDescribe:
		return &Describe{ObjectStatement, "s1"}
	case KindExecute:
		return &Execute{"", 100}
	case KindClose:
		return &Close{ObjectPortal, "p1"}
	case KindParameterDescription:
		return &ParameterDescription{[]uint32{23, 25}}
	case KindRowDescription:
		return &RowDescription{[]Column{
			{"id", 16384, 1, 23, 4, -1, TextFormat}, {"name", 16384, 2, 1043, -1, 44, BinaryFormat}}}
	case KindDataRow:
		return &DataRow{[][]byte{[]byte("42"), nil, {}}}
	case KindCommandComplete:
		return &CommandComplete{"SELECT 1"}
	case KindReadyForQuery:
		return &ReadyForQuery{TxIdle}
	case KindErrorResponse:
		return &ErrorResponse{[]ResponseField{{'S', "ERROR"}, {'V', "ERROR"}, {'C', "42P01"},
			{'M', "relation \"nowhere\" does not exist"}, {'P', "15"}, {'F', "parse_relation.c"}, {'L', "1449"}, {'R', "parserOpenTable"}}}
	case KindNoticeResponse:
		return &NoticeResponse{[]ResponseField{{'S', "NOTICE"}, {'V', "NOTICE"}, {'C', "00000"}, {'M', "table \"t\" does not exist, skipping"}}}
	case KindNotificationResponse:
		return &NotificationResponse{4711, "jobs", "17"}
	case KindParameterStatus:
		return &ParameterStatus{"TimeZone", "Europe/Rome"}
	case KindFunctionCall:
		return &FunctionCall{1598, []Format{TextFormat}, [][]byte{[]byte("1"), nil}, BinaryFormat}
	case KindFunctionCallResponse:
		return &FunctionCallResponse{[]byte{0, 0, 0, 7}}
	}
	return New(k)
}

// exampleTime is 2026-01-01 00:00:00 UTC.
const exampleTime = Micros(820540800000000)

func exampleCopy(k Kind) Message {
	switch k {
	case KindCopyInResponse:
		return &CopyInResponse{0, []Format{TextFormat, TextFormat}}
	case KindCopyOutResponse:
		return &CopyOutResponse{1, []Format{BinaryFormat, BinaryFormat}}
	case KindCopyBothResponse:
		return &CopyBothResponse{0, nil}
	case KindCopyData:
		return &CopyData{[]byte("1\tOooh\n")}
	case KindCopyFail:
		return &CopyFail{"the input ended early"}
	case KindXLogData:
		return &XLogData{0x16_b374d848, 0x16_b374d8a0, exampleTime, []byte{0xde, 0xad}}
	case KindPrimaryKeepalive:
		return &PrimaryKeepalive{0x16_b374d848, exampleTime, true}
	case KindStandbyStatusUpdate:
		return &StandbyStatusUpdate{0x16_b374d848, 0x16_b374d848, 0x16_b374d800, exampleTime, false}
	case KindHotStandbyFeedback:
		return &HotStandbyFeedback{exampleTime, 742, 0, 741, 0}
	case KindNewArchive:
		return &NewArchive{"base.tar", ""}
	case KindArchiveData:
		return &ArchiveData{[]byte("PG_VERSION")}
	case KindProgressReport:
		return &ProgressReport{1 << 20}
	}
	return New(k)
}

func exampleRow(id string) []TupleColumn {
	return []TupleColumn{{'t', []byte(id)}, {'n', nil}, {'u', nil}, {'b', []byte{0, 0, 0, 7}}}
}

func exampleLogical(k Kind) Message {
	switch k {
	case KindLogicalBegin:
		return &LogicalBegin{0x16_b374d848, exampleTime, 742}
	case KindLogicalMessage:
		return &LogicalMessage{Streamed{}, 1, 0x16_b374d848, "audit", []byte("login")}
	case KindLogicalCommit:
		return &LogicalCommit{0, 0x16_b374d848, 0x16_b374d878, exampleTime}
	case KindLogicalOrigin:
		return &LogicalOrigin{0x16_b374d848, "pg_16389"}
	case KindLogicalRelation:
		return &LogicalRelation{Streamed{}, 16384, "public", "users", 'd', []RelationColumn{
			{1, "id", 23, -1}, {0, "name", 1043, 44}}}
	case KindLogicalType:
		return &LogicalType{Streamed{}, 16390, "public", "mood"}
	case KindLogicalInsert:
		return &LogicalInsert{Streamed{}, 16384, exampleRow("42")}
	case KindLogicalUpdate:
		return &LogicalUpdate{Streamed{}, 16384, 'K', exampleRow("41"), exampleRow("42")}
	case KindLogicalDelete:
		return &LogicalDelete{Streamed{}, 16384, 'O', exampleRow("42")}
	case KindLogicalTruncate:
		return &LogicalTruncate{Streamed{}, 1, []uint32{16384, 16390}}
	}
	return New(k)
}

func exampleStream(k Kind) Message {
	switch k {
	case KindStreamStart:
		return &StreamStart{742, true}
	case KindStreamCommit:
		return &StreamCommit{742, 0, 0x16_b374d848, 0x16_b374d878, exampleTime}
	case KindStreamAbort:
		return &StreamAbort{742, 743, true, 0x16_b374d848, exampleTime}
	case KindBeginPrepare:
		return &BeginPrepare{0x16_b374d848, 0x16_b374d878, exampleTime, 742, "order-17"}
	case KindPrepare:
		return &Prepare{0, 0x16_b374d848, 0x16_b374d878, exampleTime, 742, "order-17"}
	case KindCommitPrepared:
		return &CommitPrepared{0, 0x16_b374d848, 0x16_b374d878, exampleTime, 742, "order-17"}
	case KindRollbackPrepared:
		return &RollbackPrepared{0, 0x16_b374d848, 0x16_b374d878, exampleTime, exampleTime + 1000000, 742, "order-17"}
	case KindStreamPrepare:
		return &StreamPrepare{0, 0x16_b374d848, 0x16_b374d878, exampleTime, 742, "order-17"}
	}
	return New(k)
}
