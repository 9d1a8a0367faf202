package dial

import (
	"crypto/tls"
	"fmt"
	"os"
)

// logKeys makes the handshake append its keys to a file, unless the name is
// empty. The function that it returns closes the file.
func logKeys(config *tls.Config, name string) (closeFile func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sslkeylogfile: %w", err)
	}
	config.KeyLogWriter = f
	return func() { _ = f.Close() }, nil
}
