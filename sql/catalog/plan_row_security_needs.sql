-- Row security that is forced on its owner hides rows from the checks of foreign keys, which run as the owner: it is switched on behind them.
INSERT INTO task_need (task_id, needs_id)
WITH secured (task_id, oid, root_oid) AS (
    SELECT t.id, s.oid, s.root_oid
      FROM archive_entry e CROSS JOIN task t ON t.step = 'restore-post-data' AND t.oid = e.dump_id CROSS JOIN archive_need d ON d.dump_id = e.dump_id
     CROSS JOIN archive_entry o ON o.dump_id = d.needs_id AND o.catalog_oid = 1259 CROSS JOIN source_table s ON s.oid = o.object_oid
     WHERE e.description = 'ROW SECURITY'
), side (constraint_oid, oid) AS (
    SELECT oid, table_oid FROM source_constraint WHERE type = 'f' UNION SELECT oid, ref_table FROM source_constraint WHERE type = 'f'
), pair (task_id, constraint_oid) AS (
    SELECT r.task_id, c.constraint_oid FROM side c JOIN secured r ON r.oid = c.oid
     UNION SELECT r.task_id, c.constraint_oid FROM side c JOIN secured r ON r.root_oid = c.oid
)
SELECT p.task_id, n.id
  FROM pair p CROSS JOIN archive_entry k ON k.catalog_oid = 2606 AND k.object_oid = p.constraint_oid
 CROSS JOIN task n ON n.step IN ('add-foreign-key','validate-foreign-key') AND n.oid = k.dump_id
 WHERE true
ON CONFLICT DO NOTHING;
