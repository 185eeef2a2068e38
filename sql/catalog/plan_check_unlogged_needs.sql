-- The last look comes last: everything that takes time is done.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step IN ('vacuum-table','set-database-properties','release-snapshot') WHERE t.step = 'check-unlogged'
ON CONFLICT DO NOTHING;
