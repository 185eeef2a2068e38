-- Milestone ?1: all tables have their rows but those that wait for it (plan_late_tables.sql). Where none does, it waits for the schema alone.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step IN ('copy-table','copy-extension-data','copy-large-objects')
 WHERE m.step = 'milestone' AND m.oid = ?1 AND EXISTS (SELECT 1 FROM task_need d CROSS JOIN task w ON w.id = d.task_id AND w.step = 'copy-table' WHERE d.needs_id = m.id)
   AND NOT EXISTS (SELECT 1 FROM task_need d WHERE d.task_id = n.id AND d.needs_id = m.id)
 UNION ALL
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
