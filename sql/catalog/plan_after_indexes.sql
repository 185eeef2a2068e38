-- Constraints and riders lock the whole table: they wait until every index of it is built.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id
  FROM task t
  JOIN (SELECT oid, table_oid, 'add-constraint' AS step FROM source_constraint
         UNION ALL SELECT oid, table_oid, 'alter-index' FROM source_index) o ON o.step = t.step AND o.oid = t.oid
  JOIN source_index x ON x.table_oid = o.table_oid
  JOIN task n ON n.step = 'create-index' AND n.oid = x.oid
 WHERE t.step IN ('add-constraint', 'alter-index')
 UNION ALL
SELECT t.id, n.id
  FROM task t JOIN source_constraint c ON c.oid = t.oid JOIN task n ON n.step = 'copy-table' AND n.oid = c.table_oid
 WHERE t.step = 'add-constraint'
ON CONFLICT DO NOTHING;
