INSERT INTO task_need (task_id, needs_id)
SELECT p.id, t.id FROM task p JOIN task t ON t.step = 'truncate-table' AND t.oid = p.oid WHERE p.step = 'copy-part'
ON CONFLICT DO NOTHING;
