-- Every task of step ?1 needs milestone ?2.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id FROM task t JOIN task m ON m.step = 'milestone' AND m.oid = ?2 WHERE t.step = ?1
ON CONFLICT DO NOTHING;
