-- Copies into unlogged tables that wrote rows: a crash of the target loses them. It may lose the commit with them (which is not flushed when
-- nothing else was written), and give its id to another: then the copy has none any more, and is lost for certain.
SELECT coalesce(r.schema, s.schema), coalesce(r.name, s.name), coalesce(t.target_xid, 0)
  FROM task t JOIN source_table s ON s.oid = t.oid AND s.persistence = 'u' AND s.kind = 'r' LEFT JOIN row_root r ON r.oid = s.root_oid
 WHERE t.step IN ('copy-table','copy-part') AND t.state = 'done' AND t.rows > 0
 ORDER BY t.id;
