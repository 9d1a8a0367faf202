package wire

// catalog is every message, by kind.
var catalog = [kindCount]Layout{
	KindStartupMessage:                  startupMessageLayout,
	KindSSLRequest:                      sslRequestLayout,
	KindGSSENCRequest:                   gssencRequestLayout,
	KindCancelRequest:                   cancelRequestLayout,
	KindSSLResponse:                     sslResponseLayout,
	KindGSSENCResponse:                  gssencResponseLayout,
	KindNegotiateProtocolVersion:        negotiateProtocolVersionLayout,
	KindBackendKeyData:                  backendKeyDataLayout,
	KindAuthenticationOk:                authenticationOkLayout,
	KindAuthenticationKerberosV5:        authenticationKerberosV5Layout,
	KindAuthenticationCleartextPassword: authenticationCleartextPasswordLayout,
	KindAuthenticationMD5Password:       authenticationMD5PasswordLayout,
	KindAuthenticationGSS:               authenticationGSSLayout,
	KindAuthenticationGSSContinue:       authenticationGSSContinueLayout,
	KindAuthenticationSSPI:              authenticationSSPILayout,
	KindAuthenticationSASL:              authenticationSASLLayout,
	KindAuthenticationSASLContinue:      authenticationSASLContinueLayout,
	KindAuthenticationSASLFinal:         authenticationSASLFinalLayout,
	KindPasswordMessage:                 passwordMessageLayout,
	KindSASLInitialResponse:             saslInitialResponseLayout,
	KindSASLResponse:                    saslResponseLayout,
	KindGSSResponse:                     gssResponseLayout,
	KindQuery:                           queryLayout,
	KindParse:                           parseLayout,
	KindBind:                            bindLayout,
	KindDescribe:                        describeLayout,
	KindExecute:                         executeLayout,
	KindClose:                           closeLayout,
	KindFlush:                           flushLayout,
	KindSync:                            syncLayout,
	KindTerminate:                       terminateLayout,
	KindParseComplete:                   parseCompleteLayout,
	KindBindComplete:                    bindCompleteLayout,
	KindCloseComplete:                   closeCompleteLayout,
	KindParameterDescription:            parameterDescriptionLayout,
	KindRowDescription:                  rowDescriptionLayout,
	KindNoData:                          noDataLayout,
	KindDataRow:                         dataRowLayout,
	KindPortalSuspended:                 portalSuspendedLayout,
	KindCommandComplete:                 commandCompleteLayout,
	KindEmptyQueryResponse:              emptyQueryResponseLayout,
	KindReadyForQuery:                   readyForQueryLayout,
	KindErrorResponse:                   errorResponseLayout,
	KindNoticeResponse:                  noticeResponseLayout,
	KindNotificationResponse:            notificationResponseLayout,
	KindParameterStatus:                 parameterStatusLayout,
	KindFunctionCall:                    functionCallLayout,
	KindFunctionCallResponse:            functionCallResponseLayout,
	KindCopyInResponse:                  copyInResponseLayout,
	KindCopyOutResponse:                 copyOutResponseLayout,
	KindCopyBothResponse:                copyBothResponseLayout,
	KindCopyData:                        copyDataLayout,
	KindCopyDone:                        copyDoneLayout,
	KindCopyFail:                        copyFailLayout,
	KindXLogData:                        xLogDataLayout,
	KindPrimaryKeepalive:                primaryKeepaliveLayout,
	KindStandbyStatusUpdate:             standbyStatusUpdateLayout,
	KindHotStandbyFeedback:              hotStandbyFeedbackLayout,
	KindNewArchive:                      newArchiveLayout,
	KindManifest:                        manifestLayout,
	KindArchiveData:                     archiveDataLayout,
	KindProgressReport:                  progressReportLayout,
	KindLogicalBegin:                    logicalBeginLayout,
	KindLogicalMessage:                  logicalMessageLayout,
	KindLogicalCommit:                   logicalCommitLayout,
	KindLogicalOrigin:                   logicalOriginLayout,
	KindLogicalRelation:                 logicalRelationLayout,
	KindLogicalType:                     logicalTypeLayout,
	KindLogicalInsert:                   logicalInsertLayout,
	KindLogicalUpdate:                   logicalUpdateLayout,
	KindLogicalDelete:                   logicalDeleteLayout,
	KindLogicalTruncate:                 logicalTruncateLayout,
	KindStreamStart:                     streamStartLayout,
	KindStreamStop:                      streamStopLayout,
	KindStreamCommit:                    streamCommitLayout,
	KindStreamAbort:                     streamAbortLayout,
	KindBeginPrepare:                    beginPrepareLayout,
	KindPrepare:                         prepareLayout,
	KindCommitPrepared:                  commitPreparedLayout,
	KindRollbackPrepared:                rollbackPreparedLayout,
	KindStreamPrepare:                   streamPrepareLayout,
}

// The kinds by type byte, for each place where a type byte has one meaning.
// The type bytes R and p are left out of the first two: see [Identify].
var (
	frontendKinds  = kindsByType(Frontend, KindQuery, KindCopyFail)
	backendKinds   = kindsByType(Backend, KindNegotiateProtocolVersion, KindBackendKeyData, KindQuery, KindCopyFail)
	standbyKinds   = kindsByType(Frontend, KindXLogData, KindHotStandbyFeedback)
	walsenderKinds = kindsByType(Backend, KindXLogData, KindHotStandbyFeedback)
	backupKinds    = kindsByType(Backend, KindNewArchive, KindProgressReport)
	logicalKinds   = kindsByType(Backend, KindLogicalBegin, kindCount-1)
)

// kindsByType maps type bytes to the kinds that a side may send, from pairs of
// first and last kind.
func kindsByType(from Side, ranges ...Kind) *[256]Kind {
	var m [256]Kind
	for i := 0; i < len(ranges); i += 2 {
		for k := ranges[i]; k <= ranges[i+1]; k++ {
			if l := &catalog[k]; l.From&from != 0 {
				m[l.Type] = k
			}
		}
	}
	return &m
}
