INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step = 'copy-table' AND n.oid = t.oid WHERE t.step = 'complete-table'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN source_index x ON x.table_oid = t.oid JOIN task n ON n.step IN ('create-index','alter-index') AND n.oid = x.oid
 WHERE t.step = 'complete-table'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN source_constraint c ON c.table_oid = t.oid JOIN task n ON n.step = 'add-constraint' AND n.oid = c.oid
 WHERE t.step = 'complete-table'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN source_table s ON s.parent_oid = t.oid JOIN task n ON n.step = 'complete-table' AND n.oid = s.oid
 WHERE t.step = 'complete-table'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN archive_entry e ON e.done_by = 'refresh-materialized-view' AND e.object_oid = t.oid
  JOIN task n ON n.step = 'refresh-materialized-view' AND n.oid = e.dump_id
 WHERE t.step = 'complete-table'
 UNION ALL
-- a partitioned table without partitions, a materialized view without rows, or a table whose rows a filter leaves out, may have nothing else to
-- wait for than to be created
SELECT t.id, m.id FROM task t JOIN source_table s ON s.oid = t.oid JOIN task m ON m.step = 'milestone' AND m.oid = 1
 WHERE t.step = 'complete-table'
   AND (s.kind <> 'r' OR NOT EXISTS (SELECT 1 FROM task n WHERE n.step = 'copy-table' AND n.oid = t.oid))
ON CONFLICT DO NOTHING;
