package main

import "parley/bench/internal/harness"

// What Parley does not offer yet takes no part.
const (
	noDB      = "there is no DB yet"
	noStructs = "there is no All yet"
	noTypes   = "values of this type are not read yet"
	noCopy    = "there is no typed COPY yet"
)

func parleyDBPoint(*env, int) harness.Contestant { return absent("parley", noDB) }

func parleySix(*env) harness.Contestant { return absent("parley", noTypes) }

func parleyReplay(*replay) harness.Contestant { return absent("parley", noTypes) }

func parleyRows(growth, int) harness.Contestant { return absent("parley", noTypes) }

func parleyStructs(*env) harness.Contestant { return absent("parley", noStructs) }

func parleyHard(w hard, c harness.Case) harness.Contestant {
	if w.name == "wide" {
		return w.reader(c, "parley", openParleyScan)
	}
	return absent("parley", noTypes)
}

func parleyNumerics() []any { return nil }

func parleyCrowd(*env, int) []harness.Contestant { return []harness.Contestant{absent("parley", noDB)} }

func parleyFar(farReads, int, int) harness.Contestant { return absent("parley", noDB) }

func parleyWrites(manyWrites, int) harness.Contestant { return absent("parley", noDB) }

func parleyMixed(mixed, int) harness.Contestant { return absent("parley", noDB) }

func parleyCopyIn(copyIn) harness.Contestant { return absent("parley", noCopy) }

func parleyCopyOut(*env) harness.Contestant { return absent("parley", noCopy) }
