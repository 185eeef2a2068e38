-- Tables of which CHECK constraints or generated columns call functions of the source's own: those may read other tables, though they should not, and are
-- called for every row that is copied. So these tables come behind all others, milestone ?1. (A table's entry needs the functions of its defaults, too,
-- which are not called. 1255 is pg_proc. What a partition has from its root is not in its entry.)
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id
  FROM (SELECT table_oid AS oid FROM source_constraint WHERE type = 'c' AND is_validated UNION SELECT table_oid FROM source_column WHERE generated = 's') c
 CROSS JOIN source_table s ON s.oid = c.oid AND s.kind = 'r'
 CROSS JOIN task t ON t.step IN ('truncate-table','copy-table') AND t.oid = s.oid AND t.part = 0
 CROSS JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE EXISTS (SELECT 1 FROM archive_entry WHERE catalog_oid = 1255)
   AND EXISTS (SELECT 1 FROM archive_entry e CROSS JOIN archive_need d ON d.dump_id = e.dump_id CROSS JOIN archive_entry f ON f.dump_id = d.needs_id
                WHERE e.catalog_oid = 1259 AND e.object_oid IN (s.oid, s.root_oid) AND f.catalog_oid = 1255)
ON CONFLICT DO NOTHING;
