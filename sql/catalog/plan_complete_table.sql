-- A table is complete when its rows, indexes and constraints are there; a partitioned one when its partitions are, too.
INSERT INTO task (step, oid, subject, pool)
SELECT 'complete-table', oid, display, 'barrier' FROM source_table
 WHERE true
ON CONFLICT DO NOTHING;
