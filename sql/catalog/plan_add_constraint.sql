INSERT INTO task (step, oid, subject, pool, priority)
SELECT 'add-constraint', c.oid, e.schema || '.' || e.name, 'index', coalesce(x.bytes, 0)
  FROM archive_entry e JOIN source_constraint c ON c.oid = e.object_oid LEFT JOIN source_index x ON x.oid = c.index_oid
 WHERE e.done_by = 'add-constraint'
ON CONFLICT DO NOTHING;
