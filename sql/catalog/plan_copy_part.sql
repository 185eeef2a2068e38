INSERT INTO task (step, oid, part, subject, pool, priority, size)
SELECT 'copy-part', p.table_oid, p.number, s.display || ' part ' || p.number || ' of ' || p.count, 'copy',
       s.bytes, CASE WHEN s.pages > 0 THEN CAST(1.0 * s.bytes * p.pages / s.pages AS INTEGER) ELSE 0 END
  FROM part p JOIN source_table s ON s.oid = p.table_oid
 WHERE true
ON CONFLICT DO NOTHING;
