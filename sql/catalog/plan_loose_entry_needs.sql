-- Entries that need nothing else (constraints of domains, publications, ...) may still concern rows: they wait for all tables, milestone ?1.
-- A NOT VALID constraint of a domain would refuse the very rows it was exempted from. Rules are part of what that milestone waits for.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id
  FROM task t JOIN archive_entry e ON e.dump_id = t.oid AND e.description <> 'RULE'
  JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE t.step = 'restore-post-data'
   AND NOT EXISTS (SELECT 1 FROM task_need d JOIN task n ON n.id = d.needs_id WHERE d.task_id = t.id AND n.step <> 'milestone')
ON CONFLICT DO NOTHING;
