package kerberos

import (
	"bytes"
	"testing"
	"time"

	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/types"
)

// Whatever a server answers ends the exchange, in one way or the other: gokrb5
// would panic on some of it.
func FuzzReply(f *testing.F) {
	for _, kind := range []int32{etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA256_128, etypeID.RC4_HMAC} {
		size := map[int32]int{etypeID.AES256_CTS_HMAC_SHA1_96: 32}[kind]
		a := accepted{key: types.EncryptionKey{KeyType: kind, KeyValue: bytes.Repeat([]byte{7}, max(size, 16))}, token: []byte("token")}
		a.auth.CTime, a.auth.Cusec = time.Unix(1_700_000_000, 0).UTC(), 123456
		for _, r := range replies {
			f.Add(kind, r.make(a))
		}
	}
	f.Fuzz(func(t *testing.T, kind int32, token []byte) {
		size := 16
		if kind == etypeID.AES256_CTS_HMAC_SHA1_96 || kind == etypeID.AES256_CTS_HMAC_SHA384_192 {
			size = 32
		}
		x := &exchange{begun: true, established: established{key: types.EncryptionKey{KeyType: kind, KeyValue: bytes.Repeat([]byte{7}, size)}}}
		x.sent.CTime, x.sent.Cusec = time.Unix(1_700_000_000, 0).UTC(), 123456
		_, done, err := x.Step(t.Context(), token)
		if err == nil && !done {
			t.Error("neither done nor refused")
		}
	})
}
