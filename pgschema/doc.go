// Package pgschema holds the nouns of a PostgreSQL database as pgcopy speaks of them: names and their quoting,
// tables, columns, parts, indexes, constraints, sequences, archive entries, LSNs and sizes.
//
// It owns values and their rules (how a name is quoted, how a table is cut into parts, how an LSN is written). It does
// no I/O: reading these things from a server is pgsource's, writing them is pgtarget's, keeping them is catalogdb's.
package pgschema
