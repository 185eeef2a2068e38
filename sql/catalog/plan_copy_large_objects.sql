INSERT INTO task (step, oid, part, subject, pool, priority, size)
SELECT 'copy-large-objects', 0, number, count || ' large objects from ' || first_oid, 'blob', bytes, bytes FROM large_object_batch
 WHERE true
ON CONFLICT DO NOTHING;
