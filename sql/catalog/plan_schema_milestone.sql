-- Milestone ?1: all of post-data is there but the event triggers, which must not fire on the restore itself.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step IN ('restore-post-data','add-foreign-key','validate-foreign-key','refresh-materialized-view','complete-table')
 WHERE m.step = 'milestone' AND m.oid = ?1
   AND NOT (n.step = 'restore-post-data' AND n.oid IN (
         SELECT dump_id FROM archive_entry WHERE description = 'EVENT TRIGGER'
          UNION
         SELECT d.dump_id FROM archive_need d JOIN archive_entry e ON e.dump_id = d.needs_id WHERE e.description = 'EVENT TRIGGER'))
 UNION ALL
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
