package main

import (
	"parley/bench/internal/harness"
	"parley/pgtype"
)

// What Parley does not offer yet takes no part.
const (
	noDB      = "there is no DB yet"
	noStructs = "there is no All yet"
	noCopy    = "there is no typed COPY yet"
)

func parleyDBPoint(*env, int) harness.Contestant { return absent("parley", noDB) }

func parleySix(e *env) harness.Contestant {
	return e.reader("parley", million, intoVariables(openParleyScan))
}

func parleyReplay(w *replay) harness.Contestant {
	return w.contestant("parley", intoVariables(openParleyScan))
}

func parleyRows(w growth, n int) harness.Contestant { return w.rowsOf("parley", n, openParleyScan) }

func parleyStructs(*env) harness.Contestant { return absent("parley", noStructs) }

func parleyHard(w hard, c harness.Case) harness.Contestant {
	return w.reader(c, "parley", openParleyScan)
}

func parleyNumerics() []any { return []any{new(pgtype.Numeric), new(pgtype.Numeric)} }

func parleyCrowd(*env, int) []harness.Contestant { return []harness.Contestant{absent("parley", noDB)} }

func parleyFar(farReads, int, int) harness.Contestant { return absent("parley", noDB) }

func parleyWrites(manyWrites, int) harness.Contestant { return absent("parley", noDB) }

func parleyMixed(mixed, int) harness.Contestant { return absent("parley", noDB) }

func parleyCopyIn(copyIn) harness.Contestant { return absent("parley", noCopy) }

func parleyCopyOut(*env) harness.Contestant { return absent("parley", noCopy) }
