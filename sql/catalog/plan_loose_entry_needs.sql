-- Entries that need nothing else (constraints of domains, publications, ...) may still concern rows: they wait for all tables, milestone ?1.
-- So do constraints that come after the data because they are NOT VALID, whatever they need: those of a domain are in every column of its type,
-- those of a table in all that inherit from it, and they would refuse the very rows they were exempted from. What that milestone itself waits
-- for (see plan_tables_milestone) cannot, nor can what it needs.
WITH before (dump_id) AS (SELECT dump_id FROM archive_entry WHERE description IN ('RULE','POLICY','ROW SECURITY'))
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id
  FROM task t JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE t.step = 'restore-post-data'
   AND t.oid NOT IN (SELECT dump_id FROM before UNION SELECT d.needs_id FROM before b JOIN archive_need d ON d.dump_id = b.dump_id)
   AND (t.oid IN (SELECT dump_id FROM archive_entry WHERE description IN ('CHECK CONSTRAINT','CONSTRAINT'))
        OR NOT EXISTS (SELECT 1 FROM task_need d JOIN task n ON n.id = d.needs_id WHERE d.task_id = t.id AND n.step <> 'milestone'))
ON CONFLICT DO NOTHING;
