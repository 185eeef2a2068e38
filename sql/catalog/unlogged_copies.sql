-- Copies into unlogged tables that wrote rows: a crash of the target loses them.
SELECT s.schema, s.name, t.target_xid
  FROM task t JOIN source_table s ON s.oid = t.oid AND s.persistence = 'u' AND s.kind = 'r'
 WHERE t.step IN ('copy-table','copy-part') AND t.state = 'done' AND t.rows > 0 AND t.target_xid IS NOT NULL
 ORDER BY t.id;
