INSERT INTO task (step, oid, subject, pool)
SELECT 'set-database-properties', 0, 'of the database itself', 'control' WHERE EXISTS (SELECT 1 FROM database_property)
ON CONFLICT DO NOTHING;
