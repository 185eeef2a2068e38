-- Milestone ?1 needs every task of step ?2.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step = ?2 WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
