-- A table in one part is read by its own task; one in many waits for them and adds up.
INSERT INTO task (step, oid, subject, pool, priority, size)
SELECT 'compare-table', c.id, c.display, 'copy', c.bytes,
       CASE WHEN EXISTS (SELECT 1 FROM compare_part p WHERE p.side = 'source' AND p.oid = c.source_oid) THEN 0 ELSE c.bytes END
  FROM compare_table c
 WHERE c.status = 'pending'
ON CONFLICT DO NOTHING;
