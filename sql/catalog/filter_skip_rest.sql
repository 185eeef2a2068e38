-- What is neither included nor needed. ?1 names the section.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, '[' || ?1 || ']', 'nothing that is included needs it', e.dump_id
  FROM archive_entry e
 WHERE e.dump_id NOT IN (SELECT dump_id FROM filter_kept)
ON CONFLICT DO NOTHING;
