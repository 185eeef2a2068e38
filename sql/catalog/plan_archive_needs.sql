-- What an entry of step ?1 needs, by the archive's own dependencies: a table means the complete table; an index, a constraint or another
-- entry means the task that makes it. A materialized view means that it exists, which is pre-data or another entry: waiting for its rows
-- would make a circle out of views over it that its refresh waits for. (CROSS JOIN keeps SQLite to this order: without statistics it
-- begins with another table, and 16,000 foreign keys take minutes.)
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id
  FROM task t CROSS JOIN archive_need d ON d.dump_id = t.oid CROSS JOIN archive_entry e ON e.dump_id = d.needs_id
  CROSS JOIN task n ON n.step = e.done_by AND n.oid = CASE WHEN e.done_by IN ('create-index','add-constraint') THEN e.object_oid ELSE e.dump_id END
 WHERE t.step = ?1 AND e.done_by <> 'restore-pre-data'
 UNION ALL
SELECT t.id, n.id
  FROM task t CROSS JOIN archive_need d ON d.dump_id = t.oid CROSS JOIN archive_entry e ON e.dump_id = d.needs_id
  CROSS JOIN source_table s ON s.oid = e.object_oid AND s.kind <> 'm'
  CROSS JOIN task n ON n.step = 'complete-table' AND n.oid = s.oid
 WHERE t.step = ?1 AND e.catalog_oid = 1259
ON CONFLICT DO NOTHING;
