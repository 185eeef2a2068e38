-- User mappings of foreign servers that are left out.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT u.description, u.object_oid, u.schema, u.name, k.rule, 'needs server ' || k.name, u.dump_id
  FROM skipped_object k JOIN archive_entry u ON u.description = 'USER MAPPING' AND substr(u.name, -length(' SERVER ' || k.name)) = ' SERVER ' || k.name
 WHERE k.kind = 'SERVER'
ON CONFLICT DO NOTHING;
