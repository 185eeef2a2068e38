INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM archive_batch_need b CROSS JOIN task t ON t.step = 'restore-pre-data' AND t.oid = 0 AND t.part = b.batch
  CROSS JOIN task n ON n.step = 'restore-pre-data' AND n.oid = 0 AND n.part = b.needs_batch
 UNION ALL
SELECT t.id, n.id FROM task t JOIN task n ON n.step = 'drop-existing' WHERE t.step = 'restore-pre-data'
ON CONFLICT DO NOTHING;
