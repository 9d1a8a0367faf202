package scram

import (
	"crypto/md5"
	"encoding/hex"
	"io"
)

// MD5Password returns the answer to AuthenticationMD5Password, as the
// PostgreSQL manual gives it in "Message Flow", Start-up:
//
//	"md5" + md5(md5(password + user) + salt)
//
// Digests are in lower-case hexadecimal. The method is weak and PostgreSQL is
// retiring it; it is no part of SCRAM and lives here with the other answers to
// an authentication request.
func MD5Password(user, password string, salt [4]byte) string {
	return "md5" + md5Hex(md5Hex(password+user)+string(salt[:]))
}

// MD5Secret returns what pg_authid.rolpassword contains for a user with an MD5
// password: "md5" + md5(password + user).
func MD5Secret(user, password string) string { return "md5" + md5Hex(password+user) }

func md5Hex(text string) string {
	sum := md5.New()
	io.WriteString(sum, text)
	return hex.EncodeToString(sum.Sum(nil))
}
