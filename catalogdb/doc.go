// Package catalogdb is the work directory: one SQLite file that knows what was found on the source, what is to be done, and
// how far it is.
//
// It owns the file (open, migrate, check, lock), every statement on it, and the rule that a change is one transaction of
// one writer connection. Readers use handles of their own that cannot write, so that looking never slows or harms a
// run. It leaves to package steps what the rows mean, and to package workflow when they are claimed and settled.
//
// Durability: SQLite's write-ahead log is flushed by each commit only where something outside depends on it (the target
// transaction's id of a task, see RecordTargetXID). All other commits may be lost by a power cut, and only in the order they were
// made: the next run then finds a task pending or running, asks the target where an id was recorded, and goes on.
package catalogdb
