//go:build !race

package parley

// underRace tells the tests that all takes several times as long.
const underRace = false
