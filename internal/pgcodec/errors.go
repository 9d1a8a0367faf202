package pgcodec

import (
	"errors"
	"fmt"
)

// Text is what a text form may be kept in.
type Text interface{ ~string | ~[]byte }

// Errors that callers tell apart.
var (
	ErrInfinite = errors.New("the value is infinite")
	ErrRange    = errors.New("out of range")
	ErrLossy    = errors.New("part of the value would be lost")
)

// syntax is the error of a text that is not what it should be.
func syntax(what string) error { return fmt.Errorf("malformed text of %s", what) }

// badSize is the error of a binary form of the wrong length.
func badSize(what string, got, want int) error {
	return fmt.Errorf("binary %s of %d bytes instead of %d", what, got, want)
}

// malformed is the error of a binary form that contradicts itself.
func malformed(what, why string) error { return fmt.Errorf("malformed binary %s: %s", what, why) }
