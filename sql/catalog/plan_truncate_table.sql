INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'truncate-table', oid, display, 'copy', bytes FROM source_table
 WHERE kind = 'r' AND oid IN (SELECT table_oid FROM part)
UNION ALL
SELECT 'truncate-table', oid, display, 'copy', 0 FROM row_root WHERE true
ON CONFLICT DO NOTHING;
