-- ?1: each table by itself, else partitions with their root, whose ANALYZE is theirs. ?2: partitioned tables that are partitions too.
INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'vacuum-table', oid, display, 'vacuum', bytes FROM source_table
 WHERE (kind = 'r' AND (root_oid = 0 OR ?1)) OR (kind = 'm' AND populated) OR (kind = 'p' AND (parent_oid = 0 OR ?2))
ON CONFLICT DO NOTHING;
