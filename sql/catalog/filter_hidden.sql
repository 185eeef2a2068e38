-- Tables and sequences that pg_dump was not shown, and what needs them.
INSERT INTO skipped_object (kind, oid, schema, name, rule) SELECT kind, oid, schema, name, rule FROM hidden_relation;
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, h.rule, 'needs ' || lower(h.kind) || ' ' || h.schema || '.' || h.name, e.dump_id
  FROM hidden_need n JOIN hidden_relation h ON h.oid = n.needs_oid JOIN archive_entry e ON e.catalog_oid = n.catalog_oid AND e.object_oid = n.object_oid
 WHERE NOT n.is_owned
ON CONFLICT DO NOTHING;
