INSERT INTO task (step, oid, part, subject, pool)
SELECT 'set-sequences', 0, batch, count(*) || ' sequences from ' || min(display), 'restore' FROM sequence WHERE true GROUP BY batch
ON CONFLICT DO NOTHING;
