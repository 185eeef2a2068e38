// Package cli is the command line of pgcopy: what can be asked, how it is answered, and with which exit status.
//
// It owns the kong structs (one file a command; flags that several commands share are declared once, in flags.go, and
// embedded), the texts, tables and JSON that people and scripts read, the log handler, the live display, and the exit
// statuses. It computes nothing of its own: what it shows is read from the catalog by catalogdb, as any other reader
// would, and what a command does is a call of package steps. It leaves signals and exiting to main.
package cli
