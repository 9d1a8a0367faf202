package dial

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"parley/internal/conninfo"
	"parley/internal/scram"
)

// maxSalted is how many salted passwords a [SaltCache] keeps: a few users on
// every host of a large cluster.
const maxSalted = 64

// SaltCache keeps salted passwords of verified SCRAM exchanges, so that the
// next connection need not derive them. It finds one only for the same user,
// password, host and port; salt and iterations are compared by package scram.
// The zero value is ready for use, by many goroutines at once.
//
// invariant: len(order) == len(kept) <= maxSalted.
type SaltCache struct {
	mu     sync.Mutex // guards the following fields
	secret []byte     // made at the first use; keys mean nothing without it
	kept   map[saltKey]scram.SaltedPassword
	order  []saltKey // least recently used first
}

// saltKey is a keyed hash: the password cannot be found from it without the
// secret of the cache.
type saltKey [sha256.Size]byte

// Format keeps what is kept out of every fmt verb.
func (c *SaltCache) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "redacted") }

func (c *SaltCache) key(user string, h *conninfo.Host, password string) (k saltKey) {
	c.mu.Lock()
	if c.secret == nil {
		c.secret = make([]byte, sha256.Size)
		_, _ = rand.Read(c.secret) // never fails
	}
	mac := hmac.New(sha256.New, c.secret)
	c.mu.Unlock()
	for _, part := range []string{user, h.Name, h.Addr, password} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	mac.Write(binary.BigEndian.AppendUint16(nil, h.Port))
	mac.Sum(k[:0])
	return k
}

func (c *SaltCache) get(k saltKey) scram.SaltedPassword {
	c.mu.Lock()
	defer c.mu.Unlock()
	salted, ok := c.kept[k]
	if ok {
		c.touch(k)
	}
	return salted
}

func (c *SaltCache) put(k saltKey, salted scram.SaltedPassword) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = make(map[saltKey]scram.SaltedPassword)
	}
	if _, ok := c.kept[k]; !ok && len(c.order) == maxSalted {
		delete(c.kept, c.order[0])
		c.order = append(c.order[:0], c.order[1:]...)
	}
	c.kept[k] = salted
	c.touch(k)
}

// touch makes k the most recently used. The caller holds mu.
func (c *SaltCache) touch(k saltKey) {
	for i, other := range c.order {
		if other == k {
			c.order = append(c.order[:i], c.order[i+1:]...)
			break
		}
	}
	c.order = append(c.order, k)
}
