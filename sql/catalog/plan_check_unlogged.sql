INSERT INTO task (step, oid, subject, pool)
SELECT 'check-unlogged', 0, count(*) || ' unlogged tables', 'control' FROM source_table WHERE persistence = 'u' AND kind = 'r' HAVING count(*) > 0
ON CONFLICT DO NOTHING;
