-- Tables of which CHECK constraints, generated columns, domains or partition keys call functions of the source's own: those may read other tables, though
-- they should not, and are called for every row that is copied. So these tables come behind all others, milestone ?1. (A table's entry needs the
-- functions of its defaults, too, which are not called. 1259 is pg_class, 1247 pg_type. What a partition has from its root is not in its entry.)
WITH computed (oid) AS (SELECT table_oid FROM source_constraint WHERE type = 'c' AND is_validated UNION SELECT table_oid FROM source_column WHERE generated = 's')
INSERT INTO task_need (task_id, needs_id)
SELECT DISTINCT t.id, m.id
  FROM source_table s
 CROSS JOIN archive_entry e ON e.catalog_oid = 1259 AND e.object_oid IN (s.oid, s.root_oid)
 CROSS JOIN archive_need d ON d.dump_id = e.dump_id
 CROSS JOIN archive_entry f ON f.dump_id = d.needs_id
 CROSS JOIN task t ON t.step IN ('truncate-table','copy-table') AND t.oid = s.oid AND t.part = 0
 CROSS JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE s.kind = 'r' AND EXISTS (SELECT 1 FROM archive_entry WHERE catalog_oid = 1255)
   AND d.needs_id IN (SELECT dump_id FROM calling_entry)
   AND (f.catalog_oid = 1247 OR e.object_oid = s.root_oid OR s.oid IN (SELECT oid FROM computed))
ON CONFLICT DO NOTHING;
