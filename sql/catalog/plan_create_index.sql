-- One task an index, also for those that back a primary key or unique constraint: they are built first and adopted later.
-- Exclusion and WITHOUT OVERLAPS constraints and those of partitioned tables cannot adopt an index.
INSERT INTO task (step, oid, subject, pool, priority, size)
SELECT 'create-index', x.oid, x.display, 'index', x.bytes, x.bytes
  FROM source_index x
 WHERE x.oid IN (SELECT object_oid FROM archive_entry WHERE done_by = 'create-index')
    OR x.oid IN (SELECT c.index_oid FROM source_constraint c JOIN archive_entry e ON e.catalog_oid = 2606 AND e.object_oid = c.oid
                  WHERE e.done_by = 'add-constraint' AND c.type IN ('p','u') AND NOT c.is_period AND NOT x.is_partitioned)
ON CONFLICT DO NOTHING;
