-- What stands in a schema that filters leave out. The extensions in it are none of its objects (they belong to the database), and as long as
-- one is kept, the schema is kept for it.
INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, m.rule, e.dump_id
  FROM archive_entry e JOIN filter_match m ON m.section = 'exclude-schema' AND m.catalog_oid = 2615 AND m.schema = e.schema
 WHERE e.schema <> '' AND NOT EXISTS (SELECT 1 FROM filter_rider r WHERE r.dump_id = e.dump_id AND r.extension_oid <> 0)
 UNION ALL
SELECT e.description, e.object_oid, e.schema, e.name, m.rule, e.dump_id
  FROM filter_match m JOIN archive_entry e ON e.catalog_oid = 2615 AND e.object_oid = m.object_oid
 WHERE m.section = 'exclude-schema' AND m.catalog_oid = 2615
   AND NOT EXISTS (SELECT 1 FROM archive_need d JOIN archive_entry x ON x.dump_id = d.dump_id AND x.description = 'EXTENSION'
                    WHERE d.needs_id = e.dump_id AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = x.dump_id))
 UNION ALL
-- the schema public of a new database is in no archive, its comment and privileges are
SELECT e.description, e.object_oid, e.schema, e.name, m.rule, e.dump_id
  FROM filter_match m JOIN filter_rider r ON r.extension_oid = 0 JOIN archive_entry e ON e.dump_id = r.dump_id
 WHERE m.section = 'exclude-schema' AND m.catalog_oid = 2615 AND m.schema = 'public' AND e.schema = '' AND e.name = 'SCHEMA public'
ON CONFLICT DO NOTHING;
