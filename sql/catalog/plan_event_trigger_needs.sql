INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id FROM task t JOIN archive_entry e ON e.dump_id = t.oid AND e.description = 'EVENT TRIGGER'
  JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE t.step = 'restore-post-data'
ON CONFLICT DO NOTHING;
