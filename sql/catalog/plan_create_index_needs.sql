-- An index needs the rows of its table; of a materialized view, those of its refresh, and the view itself where that comes in post-data.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN source_index x ON x.oid = t.oid JOIN task n ON n.step = 'copy-table' AND n.oid = x.table_oid
 WHERE t.step = 'create-index'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN source_index x ON x.oid = t.oid
  JOIN archive_entry e ON e.done_by = 'refresh-materialized-view' AND e.object_oid = x.table_oid
  JOIN task n ON n.step = 'refresh-materialized-view' AND n.oid = e.dump_id
 WHERE t.step = 'create-index'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN source_index x ON x.oid = t.oid
  JOIN archive_entry e ON e.done_by = 'restore-post-data' AND e.catalog_oid = 1259 AND e.object_oid = x.table_oid
  JOIN task n ON n.step = e.done_by AND n.oid = e.dump_id
 WHERE t.step = 'create-index'
ON CONFLICT DO NOTHING;
