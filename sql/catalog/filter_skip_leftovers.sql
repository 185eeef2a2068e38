-- OWNED BY of sequences that are kept while their owner is not, and the shells of types that are left out.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT o.description, o.object_oid, o.schema, o.name, k.rule, 'needs table ' || k.schema || '.' || k.name, o.dump_id
  FROM archive_entry o JOIN archive_need d ON d.dump_id = o.dump_id JOIN archive_need t ON t.dump_id = d.needs_id
  JOIN skipped_object k ON k.dump_id = t.needs_id AND k.kind IN ('TABLE', 'FOREIGN TABLE')
 WHERE o.description = 'SEQUENCE OWNED BY'
 UNION ALL
SELECT e.description, e.object_oid, e.schema, e.name, k.rule, k.via, e.dump_id
  FROM archive_entry e JOIN skipped_object k ON k.kind = 'TYPE' AND k.schema = e.schema AND k.name = e.name
 WHERE e.description = 'SHELL TYPE'
ON CONFLICT DO NOTHING;
