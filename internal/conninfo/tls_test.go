package conninfo

import "testing"

func TestResolveTLS(t *testing.T) {
	for conn, want := range map[string]string{
		"sslnegotiation=direct":                                             "default: sslmode prefer is too weak for sslnegotiation=direct, want require, verify-ca or verify-full",
		"sslnegotiation=direct sslmode=allow":                               "connection string, byte 22: sslmode allow is too weak for sslnegotiation=direct, want require, verify-ca or verify-full",
		"sslrootcert=system sslmode=verify-ca":                              "connection string, byte 19: sslmode verify-ca is too weak for sslrootcert=system, want verify-full",
		"ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2": "connection string, byte 33: ssl_min_protocol_version TLSv1.3 is greater than ssl_max_protocol_version TLSv1.2",
		"sslcertmode=prefer":                                                `connection string, byte 0: invalid sslcertmode value "prefer", want one of disable, allow, require`,
		"ssl_min_protocol_version=1.2":                                      `connection string, byte 0: invalid ssl_min_protocol_version value "1.2", want one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3`,
	} {
		if _, err := Resolve(conn, machine(nil, nil)); err == nil || err.Error() != "conninfo: "+want {
			t.Errorf("%q: got %v, want %s", conn, err, want)
		}
	}
	c, err := Resolve("sslrootcert=system sslnegotiation=direct ssl_max_protocol_version=tlsv1.3 sslcertmode=require", machine(nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	if c.SSLMode != SSLVerifyFull || c.SSLNegotiation != NegotiateDirect || c.SSLMin != TLS12 || c.SSLMax != TLS13 || c.SSLCertMode != Require {
		t.Errorf("got %v, %v, %v to %v, certificate mode %v", c.SSLMode, c.SSLNegotiation, c.SSLMin, c.SSLMax, c.SSLCertMode)
	}
}
