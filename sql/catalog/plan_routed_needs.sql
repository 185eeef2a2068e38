-- Rows of any partition may come to be in this one, where they find their partitions by the root: what step ?1 does to it comes behind all rows,
-- milestone ?2. (complete-table is what triggers wait for.)
WITH routed (oid) AS (SELECT s.oid FROM row_root r CROSS JOIN source_table s ON s.root_oid = r.oid OR s.oid = r.oid),
object (oid) AS (
    SELECT x.oid FROM routed r CROSS JOIN source_index x ON x.table_oid = r.oid WHERE ?1 = 'create-index'
     UNION ALL SELECT c.oid FROM routed r CROSS JOIN source_constraint c ON c.table_oid = r.oid WHERE ?1 = 'add-constraint'
     UNION ALL SELECT oid FROM routed WHERE ?1 = 'complete-table'
)
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id FROM object o CROSS JOIN task t ON t.step = ?1 AND t.oid = o.oid AND t.part = 0 CROSS JOIN task m ON m.step = 'milestone' AND m.oid = ?2
 WHERE true
ON CONFLICT DO NOTHING;
