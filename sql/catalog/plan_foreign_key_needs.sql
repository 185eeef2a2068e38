-- A foreign key is checked against both tables.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN archive_entry e ON e.dump_id = t.oid JOIN source_constraint c ON c.oid = e.object_oid
  JOIN task n ON n.step = 'complete-table' AND n.oid IN (c.table_oid, c.ref_table)
 WHERE t.step = 'add-foreign-key'
ON CONFLICT DO NOTHING;
