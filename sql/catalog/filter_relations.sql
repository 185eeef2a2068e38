-- Tables and indexes that filters leave out, by OID, each with its constraint.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, m.rule, CASE m.part_of WHEN '' THEN '' ELSE 'is part of ' || m.part_of END, e.dump_id
  FROM filter_match m JOIN archive_entry e ON e.catalog_oid = m.catalog_oid AND e.object_oid = m.object_oid
 WHERE m.section IN ('exclude-schema', 'exclude-table', 'exclude-index') AND m.catalog_oid IN (1259, 2606)
ON CONFLICT DO NOTHING;
