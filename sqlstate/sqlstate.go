// Package sqlstate names the error codes of PostgreSQL, so that programs can
// compare with a word instead of five characters:
//
//	if e.Code == sqlstate.UniqueViolation { … }
//
// # Terminology
//
// A SQLSTATE is five characters; the first two are its class. A condition is
// what the code stands for; its name is the one in the PostgreSQL manual,
// appendix "PostgreSQL Error Codes".
package sqlstate

import "slices"

// Condition is what a SQLSTATE stands for.
type Condition struct {
	Code  string // five characters
	Name  string // as in the manual: unique_violation
	Kind  byte   // E: an error; W: a warning; S: success
	Class string // of the class: Integrity Constraint Violation
}

// Lookup returns the condition with the code.
func Lookup(code string) (Condition, bool) {
	for _, c := range conditions {
		if c.Code == code {
			return c, true
		}
	}
	return Condition{}, false
}

// ByName returns the condition with the name.
func ByName(name string) (Condition, bool) {
	for _, c := range conditions {
		if c.Name == name {
			return c, true
		}
	}
	return Condition{}, false
}

// Class returns the name of a code's class, also for a code that is not in the
// list, or "" when there is no such class.
func Class(code string) string {
	for _, c := range conditions {
		if len(code) >= 2 && c.Code[:2] == code[:2] {
			return c.Class
		}
	}
	return ""
}

// All returns all conditions, in the manual's order.
func All() []Condition { return slices.Clone(conditions[:]) }
