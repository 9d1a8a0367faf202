package main

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
)

// keyPEM encodes a private key as a server reads it.
func keyPEM(key crypto.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
