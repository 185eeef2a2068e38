-- What include-only-table names, and the partitioned tables that included partitions hang from.
WITH RECURSIVE named (oid) AS (
    SELECT object_oid FROM filter_match WHERE section = 'include-only-table' AND catalog_oid = 1259
     UNION
    SELECT s.parent_oid FROM named JOIN source_table s ON s.oid = named.oid WHERE s.parent_oid <> 0
)
INSERT INTO filter_selected (dump_id)
SELECT e.dump_id FROM named JOIN archive_entry e ON e.catalog_oid = 1259 AND e.object_oid = named.oid
 WHERE NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = e.dump_id)
ON CONFLICT DO NOTHING;
