-- One task for each database of the server, biggest first.
INSERT INTO task (step, oid, subject, pool, priority, size)
SELECT 'clone-database', oid, name, 'database', max(bytes, 0), max(bytes, 0) FROM cluster_database WHERE true
ON CONFLICT DO NOTHING;
