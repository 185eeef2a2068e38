INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step = t.step AND n.part = t.part - 1 WHERE t.step = 'restore-pre-data'
 UNION ALL
SELECT t.id, n.id FROM task t JOIN task n ON n.step = 'drop-existing' WHERE t.step = 'restore-pre-data' AND t.part = 1
ON CONFLICT DO NOTHING;
