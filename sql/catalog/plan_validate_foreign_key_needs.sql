-- A foreign key is validated when it is there; that needs both tables.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step = 'add-foreign-key' AND n.oid = t.oid WHERE t.step = 'validate-foreign-key'
ON CONFLICT DO NOTHING;
