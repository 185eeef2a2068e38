// Package pgtest starts throwaway PostgreSQL servers for tests and for the demo.
//
// It owns the whole life of such a server: finding the programs, initdb, a free port on 127.0.0.1, start, stop,
// crash, restart, and the removal of every file. A test asks for a server of its own with [Start], or shares a source
// and a target with the other tests of its package through [Pair] and takes a [Server.FreshDB] on each. [Proxy] stands
// between a client and a server and breaks connections on command.
//
// A server never outlives the process that started it. [Server.Stop] is the ordinary end; when the process is killed
// instead, the kernel ends the postmaster (on Linux) and a small shell process, which waits for the other end of a
// pipe to vanish, removes the data directory.
//
//	test process ──starts──▶ postgres -D base/data      ◀── SIGQUIT when the test process dies
//	      │
//	      └──pipe──▶ sh (the reaper): at end of file stops the postmaster and removes base/
//
// The servers are real ones with fsync off. What the servers hold, and whether two of them hold the same, is left to
// the callers; nothing here imports pgcopy's own packages, so a fault in those cannot hide itself in the tests' tools.
package pgtest
