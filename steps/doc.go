// Package steps is what pgcopy does: one step a file, and the lists of steps that make the workflows.
//
// It owns the meaning of every task: which rows to plan (as SQL on the catalog), what one row does on source and target,
// and how a row that died half-way is met again. It is where the rooms meet: it reads with pgsource, writes with
// pgtarget, records in catalogdb, and is driven by workflow. It leaves the command line, the display and the exit
// status to cli.
package steps
