package conninfo

// resolveTLS reads the options of TLS and checks them against each other.
func (c *Config) resolveTLS(o *Options, _ *System) (err error) {
	if c.SSLMode, err = enum(o, "sslmode", SSLPrefer); err != nil {
		return err
	}
	if c.SSLNegotiation, err = enum(o, "sslnegotiation", NegotiatePostgres); err != nil {
		return err
	}
	if c.SSLNegotiation == NegotiateDirect && c.SSLMode < SSLRequire {
		return weak(o, c.SSLMode, "sslnegotiation=direct", "require, verify-ca or verify-full")
	}
	if root, _ := o.Get("sslrootcert"); root == "system" && c.SSLMode != SSLVerifyFull {
		return weak(o, c.SSLMode, "sslrootcert=system", "verify-full")
	}
	if c.SSLMin, err = tlsVersion(o, "ssl_min_protocol_version"); err != nil {
		return err
	}
	if c.SSLMax, err = tlsVersion(o, "ssl_max_protocol_version"); err != nil {
		return err
	}
	if c.SSLMax != TLSUnset && c.SSLMin > c.SSLMax {
		return fail(o.Source("ssl_max_protocol_version"), "ssl_max_protocol_version",
			"ssl_min_protocol_version %s is greater than ssl_max_protocol_version %s", c.SSLMin, c.SSLMax)
	}
	c.SSLCertMode, err = enum(o, "sslcertmode", Prefer)
	return err
}

func weak(o *Options, mode SSLMode, with, want string) error {
	return fail(o.Source("sslmode"), "sslmode", "sslmode %s is too weak for %s, want %s", mode, with, want)
}
