package dial

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// The parts of an encrypted key, as PKCS#8 (RFC 5958 section 3), PKCS#5 (RFC
// 8018 appendix A) and RFC 7914 section 7 have them.
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Params struct {
		Derivation, Encryption pkix.AlgorithmIdentifier
	}
	pbkdf2Params struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
	scryptParams struct {
		Salt          []byte
		Cost          int
		BlockSize     int
		Parallelism   int
		KeyLengthHere int `asn1:"optional"`
	}
)

// maxScrypt is how many bytes a key may make scrypt use; OpenSSL's keys take
// 16 MiB, and it allows 32.
const maxScrypt = 256 << 20

// encryption is a cipher in CBC mode.
type encryption struct {
	oid     asn1.ObjectIdentifier
	keySize int
	block   func(key []byte) (cipher.Block, error)
}

var encryptions = []encryption{
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher},
	{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.NewCipher},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher},
}

// prfs are what PBKDF2 can be built on, with HMAC. The first is the default.
var prfs = []struct {
	oid asn1.ObjectIdentifier
	new func() hash.Hash
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}, sha1.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}, sha256.New224},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, sha256.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, sha512.New384},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, sha512.New},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 13}, sha512.New512_256},
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

var errWrongPhrase = errors.New("cannot decrypt it, perhaps sslpassword is wrong")

// decryptPKCS8 returns the PKCS#8 key inside an encrypted one.
func decryptPKCS8(der, passphrase []byte) ([]byte, error) {
	var k encryptedKey
	var p pbes2Params
	if err := unmarshal(der, &k); err != nil {
		return nil, err
	}
	if !k.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("it is encrypted by the scheme %v, and only PBES2 is supported", k.Algorithm.Algorithm)
	}
	if err := unmarshal(k.Algorithm.Parameters.FullBytes, &p); err != nil {
		return nil, err
	}
	for _, e := range encryptions {
		if !e.oid.Equal(p.Encryption.Algorithm) {
			continue
		}
		key, err := derive(p.Derivation, passphrase, e.keySize)
		if err != nil {
			return nil, err
		}
		return e.decrypt(p.Encryption, key, k.Data)
	}
	return nil, fmt.Errorf("it is encrypted by the cipher %v, which is not supported", p.Encryption.Algorithm)
}

// unmarshal reads all of der.
func unmarshal(der []byte, to any) error {
	rest, err := asn1.Unmarshal(der, to)
	if err != nil || len(rest) > 0 {
		return errors.New("it is not an encrypted key in PKCS#8")
	}
	return nil
}

// derive makes a key out of a pass phrase.
func derive(id pkix.AlgorithmIdentifier, passphrase []byte, size int) ([]byte, error) {
	switch {
	case id.Algorithm.Equal(oidPBKDF2):
		var p pbkdf2Params
		if err := unmarshal(id.Parameters.FullBytes, &p); err != nil {
			return nil, err
		}
		if p.PRF.Algorithm == nil {
			p.PRF.Algorithm = prfs[0].oid
		}
		for _, prf := range prfs {
			if prf.oid.Equal(p.PRF.Algorithm) {
				return pbkdf2.Key(prf.new, string(passphrase), p.Salt, max(p.Iterations, 1), size)
			}
		}
		return nil, fmt.Errorf("its key is derived with the function %v, which is not supported", p.PRF.Algorithm)
	case id.Algorithm.Equal(oidScrypt):
		var p scryptParams
		if err := unmarshal(id.Parameters.FullBytes, &p); err != nil {
			return nil, err
		}
		if p.Cost <= 0 || p.BlockSize <= 0 || p.Parallelism <= 0 || p.Parallelism > 64 || p.BlockSize > maxScrypt/128/p.Cost {
			return nil, fmt.Errorf("its key is derived by scrypt with more than %d bytes of memory", maxScrypt)
		}
		return scrypt.Key(passphrase, p.Salt, p.Cost, p.BlockSize, p.Parallelism, size)
	}
	return nil, fmt.Errorf("its key is derived by %v, which is not supported", id.Algorithm)
}

func (e encryption) decrypt(id pkix.AlgorithmIdentifier, key, data []byte) ([]byte, error) {
	var iv []byte
	if err := unmarshal(id.Parameters.FullBytes, &iv); err != nil {
		return nil, err
	}
	block, err := e.block(key)
	if err != nil {
		return nil, err
	}
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errors.New("it is not an encrypted key in PKCS#8")
	}
	text := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(text, data)
	padding := int(text[len(text)-1])
	if padding < 1 || padding > size || !bytes.Equal(text[len(text)-padding:], bytes.Repeat([]byte{byte(padding)}, padding)) {
		return nil, errWrongPhrase
	}
	return text[:len(text)-padding], nil
}
