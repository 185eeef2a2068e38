-- Every task of step ?1 needs every task of step ?2. For steps with few tasks only.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step = ?2 WHERE t.step = ?1
ON CONFLICT DO NOTHING;
