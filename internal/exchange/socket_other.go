//go:build !unix

package exchange

import "net"

// sendBuffer is not known here.
func sendBuffer(net.Conn) int { return 0 }

// readable is not known here.
func readable(net.Conn) bool { return false }
