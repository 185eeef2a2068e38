INSERT INTO task_need (task_id, needs_id)
SELECT t.id, p.id FROM task t JOIN task p ON p.step = 'copy-part' AND p.oid = t.oid WHERE t.step = 'copy-table'
ON CONFLICT DO NOTHING;
