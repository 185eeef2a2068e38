-- Which tables differ is not known yet: the task of an equal one has nothing to do.
INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'compare-rows', c.id, c.display, 'copy', c.bytes FROM compare_table c
 WHERE c.status = 'pending' AND NOT EXISTS (SELECT 1 FROM compare_relation r WHERE r.side = 'source' AND r.oid = c.source_oid AND r.kind = 'l')
ON CONFLICT DO NOTHING;
