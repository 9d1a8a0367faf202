package pgtest

import "time"

// A watchdog ends the server and removes its directory when this process does
// not live to do it: killed with SIGKILL, out of memory, a test's timeout. Each
// system has its own kind, with these methods:
//
//	startWatchdog(private)   before there is a server
//	adopt(process)           each time the server was started
//	release()                this process is done: the server was stopped
//	handOver(private, time)  the server is to outlive this process
//
// What even the watchdog does not live to remove is swept by the next start.

// watchdogTime bounds the watchdog's last work: it gives the server ten seconds.
const watchdogTime = 20 * time.Second
