INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'vacuum-table', oid, display, 'vacuum', bytes FROM source_table
 WHERE kind = 'r' OR (kind = 'm' AND populated) OR (kind = 'p' AND parent_oid = 0)
ON CONFLICT DO NOTHING;
