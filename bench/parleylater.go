package main

import "parley/bench/internal/harness"

// What Parley does not offer yet takes no part.
const noCopy = "there is no typed COPY yet"

func parleyCopyIn(copyIn) harness.Contestant { return absent("parley", noCopy) }

func parleyCopyOut(*env) harness.Contestant { return absent("parley", noCopy) }
