INSERT INTO task_need (task_id, needs_id)
SELECT t.id, p.id FROM task t JOIN task p ON p.step = 'compare-part' AND p.oid = t.oid WHERE t.step = 'compare-table'
ON CONFLICT DO NOTHING;
