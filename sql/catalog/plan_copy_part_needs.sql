INSERT INTO task_need (task_id, needs_id)
SELECT p.id, t.id FROM task p JOIN task t ON t.step = 'truncate-table' AND t.oid = p.oid WHERE p.step = 'copy-part'
 UNION ALL
SELECT t.id, n.id FROM row_root r CROSS JOIN task n ON n.step = 'truncate-table' AND n.oid = r.oid CROSS JOIN source_table s ON s.root_oid = r.oid
 CROSS JOIN task t ON t.step IN ('truncate-table','copy-table','copy-part') AND t.oid = s.oid
 WHERE true
ON CONFLICT DO NOTHING;
