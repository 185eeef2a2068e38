-- All that reads the source.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step IN ('copy-table','copy-large-objects','copy-extension-data') WHERE t.step = 'release-snapshot'
ON CONFLICT DO NOTHING;
