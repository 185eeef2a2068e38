-- Of the order of statistics and foreign keys, which lock the same tables. ANALYZE of a large table takes its time, and ADD FOREIGN KEY, which takes
-- a moment, would stand behind it: so the larger of a key's two tables (by what is copied; of a tree, all of it) is analyzed behind that, unless
-- adding takes time itself, because it checks the rows. A validation reads the whole referencing table under the lock that ANALYZE takes, too, so
-- it comes behind that and knows the table then. Of the referenced one it needs no more than the index of the key, whose build has counted its rows
-- and the pages that are visible to all; from version 18 on it does not count them where autovacuum is off (index_update_stats in catalog/index.c),
-- and the key's index would not be read alone, but hashed from the table's rows: there it comes behind both.
-- Each can be done without the other. A partition's statistics may be gathered with its root.
WITH size (oid, root_oid, bytes) AS (
    SELECT s.oid, s.root_oid, CASE WHEN k.oid IS NULL THEN s.bytes ELSE 0 END
      FROM source_table s LEFT JOIN (SELECT DISTINCT oid FROM skipped_object WHERE kind = 'TABLE DATA') k ON k.oid = s.oid
), tree (oid, bytes) AS (SELECT root_oid, sum(bytes) FROM size WHERE root_oid <> 0 GROUP BY root_oid),
key AS (
    SELECT t.id AS adds, v.id AS validates, c.table_oid, c.ref_table
      FROM task t CROSS JOIN archive_entry e ON e.dump_id = t.oid CROSS JOIN source_constraint c ON c.oid = e.object_oid
      LEFT JOIN task v ON v.step = 'validate-foreign-key' AND v.oid = t.oid
     WHERE t.step = 'add-foreign-key' AND (v.id IS NOT NULL OR NOT c.is_validated)
), side AS (
    SELECT k.adds, s.oid, s.root_oid, row_number() OVER (PARTITION BY k.adds ORDER BY max(s.bytes, coalesce(tree.bytes, 0)) DESC, s.oid) AS nth
      FROM key k CROSS JOIN size s ON s.oid IN (k.table_oid, k.ref_table) LEFT JOIN tree ON tree.oid = s.oid
)
INSERT INTO task_need (task_id, needs_id, order_only)
SELECT n.id, s.adds, 1 FROM side s CROSS JOIN task n ON n.step = 'vacuum-table' AND n.oid IN (s.oid, s.root_oid) WHERE s.nth = 1
 UNION ALL
SELECT k.validates, n.id, 1
  FROM key k CROSS JOIN source_table s ON s.oid = k.table_oid OR s.oid = k.ref_table AND (SELECT target_version FROM setup) >= 180000
 CROSS JOIN task n ON n.step = 'vacuum-table' AND n.oid IN (s.oid, s.root_oid)
 WHERE k.validates IS NOT NULL
ON CONFLICT DO NOTHING;
