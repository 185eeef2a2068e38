-- ?1: tables are vacuumed too, each by itself. Statistics of a partition are gathered with its root.
INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'vacuum-table', oid, display, 'vacuum', bytes FROM source_table
 WHERE (kind = 'r' AND (root_oid = 0 OR ?1)) OR (kind = 'm' AND populated) OR (kind = 'p' AND parent_oid = 0)
ON CONFLICT DO NOTHING;
