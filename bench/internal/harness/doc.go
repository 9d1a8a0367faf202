// Package harness measures contestants against each other.
//
// # Terminology
//
// A workload is something that programs do with a database. A case is one size
// or kind of it. A contestant is a driver that does it; a variant is one way to
// set the contestant up, such as a pool of a certain size, and the best of its
// variants speaks for it. A trial is a variant that is connected and ready. A
// repetition is one measured run of a trial; those of the contestants of a case
// take turns, and what counts is their median. A goal is a ratio to reach.
//
// # What is measured
//
// Wall time, the CPU time of this process (what the server burns is not in it)
// and its allocations, each divided by the number of operations. Exchanges are
// counted in a repetition of their own, so that counting costs nobody anything.
package harness
