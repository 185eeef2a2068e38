// Package truth says whether two PostgreSQL databases hold the same, and loads the databases that make that hard.
//
// It is the outside witness of pgcopy's tests: it imports none of pgcopy's own packages, so that a mistake there cannot
// hide itself here. [Compare] is the one call that tests need. It asks, in this order:
//
//   - the schema: pg_dump --schema-only of both sides, entry by entry ([SchemaDump], [DiffSchema]);
//   - facts that pg_dump does not show or shows only in passing: validity of indexes and constraints, CLUSTER ON, replica
//     identity, statistics targets, tablespaces, populated or not, owners, extension versions, the database's own
//     settings, comment and privileges, large objects ([Facts]);
//   - sequences: last_value and is_called of each ([Sequences]);
//   - rows: count and an order-independent digest of every table, computed by the servers ([DataDigest]);
//   - pg_amcheck --heapallindexed on the target, when asked for ([Amcheck]).
//
// The kitchen sink in testdata/kitchen-sink is loaded by [LoadRoles], [LoadKitchenSink], [LoadLatin1] and
// [LoadSQLASCII].
//
// It owns no server and leaves both databases as they were. Starting servers is internal/pgtest's.
package truth
