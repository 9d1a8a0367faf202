// Package dial turns a resolved connection string into a ready connection:
// hosts, addresses, TLS, startup and authentication, by the rules of libpq 18.
//
//	session, err := dial.Connect(ctx, config, dial.Settings{})
//
// # Terminology
//
//   - host: one item of the connection string's host list.
//   - address: where a host is reached. A name has as many as DNS says, a socket
//     or a numeric address has one.
//   - method: how an address is spoken to: in plain text or inside TLS.
//   - attempt: one connection to one address by one method, to its end. Those
//     that failed stand in [Error].
//   - outcome: how an attempt ended. The table in move.go says what comes next.
//   - session: what is left after success, idle and ready for the first request.
//
// # What comes next
//
//	outcome                                              next
//	name not found, or not within connect_timeout        host
//	no connection, or not ready within connect_timeout   address
//	server wants no TLS ('N')                            method, same connection
//	TLS handshake or certificate refused                 method, new connection
//	ErrorResponse before authentication is complete      method, new connection
//	the same, "cannot connect now" (57P03)               host
//	session does not fit target_session_attrs            host
//	bearer token obtained                                same method, new connection
//	anything else: rules broken by the server,           end
//	authentication refused by this side, errors after
//	authentication, connection lost, requirepeer
//
// When there is no next method, address or host, the next larger step follows
// only for those outcomes that name it: a refusal that has no method left ends
// it all, because another address would most likely be refused as well. With
// target_session_attrs=prefer-standby the hosts are gone through a second time,
// then content with any server.
//
// # Bytes nobody vouches for
//
// Until AuthenticationOk only authentication requests, a version negotiation
// and an error are read, with small limits; until ReadyForQuery no more than
// 1 MiB. What arrives together with the answer to SSLRequest is refused, and an
// error that comes in place of that answer is never shown.
//
// # Differences from libpq 18
//
//   - An exchange of SCRAM, OAUTHBEARER or GSSAPI that was begun must be
//     completed before AuthenticationOk; libpq insists only with require_auth or
//     channel_binding=require. A server may ask to authenticate once.
//   - SCRAM iterations have a limit, and deriving a key can be interrupted.
//   - connect_timeout bounds the look-up of a name too. The time a bearer token
//     takes is not counted.
//   - GSSAPI encryption is not spoken: gssencmode=prefer goes without and
//     require is an error. GSSAPI authentication is up to a [GSSProvider].
//   - A CRL file that exists and cannot be read is an error; libpq then checks no
//     revocation. A missing one is passed over, as libpq does.
//   - In sslcrldir every file named as OpenSSL names CRLs is read; the hash in
//     the name is not compared.
//   - Certificates are read by Go, which accepts no RSA keys marked for PSS only,
//     and no RSA keys below 1024 bits.
//   - An empty require_auth is none; libpq then refuses every method of a server
//     that asks for one.
//   - A key log that cannot be opened is an error; libpq goes on without.
//   - A key in a hardware engine (sslkey with a colon) cannot be used.
//   - A key is decrypted by PBES2 or the old way of PEM; other schemes, which
//     OpenSSL 3 keeps for old files, are refused.
//   - The device flow prints nothing by itself; see [DeviceFlow].
//   - Errors of servers older than 7.4 are not read.
package dial
