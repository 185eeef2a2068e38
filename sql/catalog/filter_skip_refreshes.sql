-- ... and of materialized views, which are not refreshed.
INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, m.rule, e.dump_id
  FROM filter_match m JOIN archive_entry e ON e.description = 'MATERIALIZED VIEW DATA' AND e.object_oid = m.object_oid
 WHERE m.section = 'exclude-table-data' AND m.kind = 'm'
ON CONFLICT DO NOTHING;
