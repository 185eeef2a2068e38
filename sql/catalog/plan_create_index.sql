-- One task an index, also for those that back a primary key or unique constraint: they are built first and adopted later.
-- Exclusion and WITHOUT OVERLAPS constraints and those of partitioned tables cannot adopt an index.
INSERT INTO task (step, oid, subject, pool, priority, size)
SELECT 'create-index', x.oid, x.display, 'index', x.bytes, x.bytes
  FROM archive_entry e JOIN source_index x ON x.oid = e.object_oid
 WHERE e.done_by = 'create-index'
 UNION
SELECT 'create-index', x.oid, x.display, 'index', x.bytes, x.bytes
  FROM archive_entry e JOIN source_constraint c ON c.oid = e.object_oid JOIN source_index x ON x.oid = c.index_oid
 WHERE e.done_by = 'add-constraint' AND e.catalog_oid = 2606 AND c.type IN ('p','u') AND NOT c.is_period AND NOT x.is_partitioned
ON CONFLICT DO NOTHING;
