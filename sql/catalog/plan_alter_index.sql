-- What rides on an index entry of the archive: CLUSTER ON, REPLICA IDENTITY USING INDEX, per-column statistics.
INSERT INTO task (step, oid, subject, pool)
SELECT 'alter-index', e.object_oid, x.display, 'index'
  FROM archive_entry e JOIN source_index x ON x.oid = e.object_oid
 WHERE e.done_by = 'create-index' AND e.riders > 0
ON CONFLICT DO NOTHING;
