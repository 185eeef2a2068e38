-- Milestone ?1: all is there but what waits for a materialized view itself, and what comes last of all (plan_last_entries.sql). A view may read anything, without
-- a dependency in the archive: large objects and sequences, the catalogs, views that need a primary key (stand-ins without rows until their rules come in
-- post-data), and what the policies of its tables let its owner see. pg_restore refreshes last for that reason. (It is planned when all other
-- needs are. That foreign keys are validated is not waited for: nothing reads that.)
WITH RECURSIVE behind (id) AS (
    SELECT id FROM task WHERE step = 'refresh-materialized-view'
     UNION
    SELECT d.task_id FROM behind b CROSS JOIN task_need d ON d.needs_id = b.id
)
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id
  FROM task m JOIN task n ON n.step IN ('copy-large-objects','copy-extension-data','set-sequences','add-foreign-key','restore-post-data')
 WHERE m.step = 'milestone' AND m.oid = ?1 AND EXISTS (SELECT 1 FROM behind)
   AND n.id NOT IN (SELECT id FROM behind) AND NOT (n.step = 'restore-post-data' AND n.oid IN (SELECT dump_id FROM last_entry))
 UNION ALL
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
