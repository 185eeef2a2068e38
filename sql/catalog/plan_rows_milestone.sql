-- Milestone ?1: every table has its rows. It waits for them where something waits for it (plan_index_function_needs.sql, plan_routed_needs.sql), or else for the schema alone.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step IN ('copy-table','copy-extension-data','copy-large-objects')
 WHERE m.step = 'milestone' AND m.oid = ?1
   AND EXISTS (SELECT 1 FROM task_need d CROSS JOIN task w ON w.id = d.task_id AND w.step IN ('create-index','add-constraint','complete-table') WHERE d.needs_id = m.id)
 UNION ALL
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
