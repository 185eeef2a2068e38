-- Milestone ?1: every table is complete, materialized views aside (they are computed from the tables).
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step = 'complete-table' JOIN source_table s ON s.oid = n.oid AND s.kind <> 'm'
 WHERE m.step = 'milestone' AND m.oid = ?1
 UNION ALL
-- also when there are no tables at all
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
