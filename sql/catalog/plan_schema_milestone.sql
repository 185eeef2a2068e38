-- Milestone ?1: all of post-data is there but what comes last of all.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step IN ('restore-post-data','add-foreign-key','validate-foreign-key','refresh-materialized-view','complete-table')
 WHERE m.step = 'milestone' AND m.oid = ?1
   AND NOT (n.step = 'restore-post-data' AND n.oid IN (SELECT dump_id FROM last_entry))
 UNION ALL
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
