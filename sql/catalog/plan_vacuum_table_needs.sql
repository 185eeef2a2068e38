-- Statistics are gathered once indexes (for expressions) and extended statistics objects are there. Those of a partition are gathered
-- with its root.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id FROM task t JOIN task n ON n.step = 'complete-table' AND n.oid = t.oid WHERE t.step = 'vacuum-table'
 UNION ALL
SELECT t.id, n.id
  FROM archive_entry s JOIN archive_need d ON d.dump_id = s.dump_id
  JOIN archive_entry e ON e.dump_id = d.needs_id AND e.catalog_oid = 1259
  JOIN source_table o ON o.oid = e.object_oid
  JOIN task t ON t.step = 'vacuum-table' AND t.oid IN (o.oid, o.root_oid)
  JOIN task n ON n.step = 'restore-post-data' AND n.oid = s.dump_id
 WHERE s.description = 'STATISTICS'
ON CONFLICT DO NOTHING;
