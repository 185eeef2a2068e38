-- Milestone ?1: every table is complete, materialized views aside (they are computed from the tables), and so is what their refresh
-- depends on without a dependency in the archive. A view that needs a primary key is a stand-in without rows until its rule comes
-- in post-data, and a refresh sees what the policies of its tables let its owner see. pg_restore refreshes last for that reason.
INSERT INTO task_need (task_id, needs_id)
SELECT m.id, n.id FROM task m JOIN task n ON n.step = 'complete-table' JOIN source_table s ON s.oid = n.oid AND s.kind <> 'm'
 WHERE m.step = 'milestone' AND m.oid = ?1
 UNION ALL
SELECT m.id, n.id
  FROM task m JOIN archive_entry e ON e.done_by = 'restore-post-data' AND e.description IN ('RULE','POLICY','ROW SECURITY')
  JOIN task n ON n.step = e.done_by AND n.oid = e.dump_id
 WHERE m.step = 'milestone' AND m.oid = ?1
 UNION ALL
-- also when there are no tables at all
SELECT m.id, b.id FROM task m JOIN task b ON b.step = m.step AND b.oid < m.oid WHERE m.step = 'milestone' AND m.oid = ?1
ON CONFLICT DO NOTHING;
