//go:build !linux && !darwin && !freebsd

package dial

import "errors"

// peerUser is not known how to be found here.
func peerUser(int) (uint32, error) {
	return 0, errors.New("not supported on this platform")
}
