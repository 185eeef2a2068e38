-- What include-only-schema names: the schemas, all that stands in them (publications stand in none), extensions installed there, partitions elsewhere of
-- tables there, and the partitioned tables elsewhere that partitions here hang from.
WITH RECURSIVE named (oid) AS (
    SELECT object_oid FROM filter_match WHERE section = 'include-only-schema' AND catalog_oid = 1259
     UNION
    SELECT s.parent_oid FROM source_table s
      JOIN filter_match m ON m.section = 'include-only-schema' AND m.catalog_oid = 2615 AND m.schema = s.schema
     WHERE s.parent_oid <> 0
     UNION
    SELECT s.parent_oid FROM named JOIN source_table s ON s.oid = named.oid WHERE s.parent_oid <> 0
)
INSERT INTO filter_selected (dump_id)
SELECT e.dump_id
  FROM archive_entry e
 WHERE NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = e.dump_id)
   AND NOT EXISTS (SELECT 1 FROM filter_rider r WHERE r.dump_id = e.dump_id)
   AND e.description NOT IN ('PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA')
   AND ((e.schema <> '' AND e.schema IN (SELECT m.schema FROM filter_match m WHERE m.section = 'include-only-schema' AND m.catalog_oid = 2615))
        OR (e.catalog_oid = 2615 AND e.object_oid IN (SELECT m.object_oid FROM filter_match m WHERE m.section = 'include-only-schema' AND m.catalog_oid = 2615))
        OR (e.catalog_oid = 1259 AND e.object_oid IN (SELECT oid FROM named))
        OR (e.catalog_oid = 3079 AND e.object_oid IN (SELECT x.oid FROM extension x JOIN filter_match m
                                                         ON m.section = 'include-only-schema' AND m.catalog_oid = 2615 AND m.schema = x.schema)));
