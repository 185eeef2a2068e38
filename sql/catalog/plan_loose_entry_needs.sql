-- Entries that need nothing else (constraints of domains, publications, ...) may still concern rows: they wait for all tables, milestone ?1.
-- So do constraints that come after the data because they are NOT VALID, whatever they need: those of a domain are in every column of its type,
-- those of a table in all that inherit from it, and they would refuse the very rows they were exempted from.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id
  FROM task t JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE t.step = 'restore-post-data'
   AND (t.oid IN (SELECT dump_id FROM archive_entry WHERE description IN ('CHECK CONSTRAINT','CONSTRAINT'))
        OR NOT EXISTS (SELECT 1 FROM task_need d JOIN task n ON n.id = d.needs_id WHERE d.task_id = t.id AND n.step <> 'milestone'))
ON CONFLICT DO NOTHING;
