// Package pgsource reads everything that pgcopy takes from the source: what the database holds, the snapshot under
// which it is read, the statements that copy rows out, and pg_dump's archive of the schema.
//
// It owns the knowledge of the system catalogs and of how they differ between server versions (9.6 to 18; the statements
// are files of sql/source, chosen by the table in statement.go). It leaves to callers: opening sessions (pgdb gives
// them an empty search_path, row_security = off and no timeouts, on which names in definitions and the promise never
// to copy less than all rows depend), keeping what was found (catalogdb), and deciding what to do with it (steps).
//
// Discovery functions stream. Each runs one set-based query, or one cursor, and hands the rows one by one to a yield function;
// nothing here grows with the number of objects. While a yield function runs, its connection is busy: it must not use
// it. An error from yield ends the stream and is returned as it is. All are meant to run inside the transaction of
// ExportSnapshot or AdoptSnapshot, and work outside one too.
package pgsource
