INSERT INTO task (step, oid, part, subject, pool)
SELECT 'restore-pre-data', 0, batch, count(*) || ' entries from ' || min(position), 'restore'
  FROM archive_entry WHERE done_by = 'restore-pre-data' GROUP BY batch
ON CONFLICT DO NOTHING;
