-- Sequences whose owner is left out and which nothing that is copied uses.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT s.description, s.object_oid, s.schema, s.name, k.rule, 'belongs to table ' || k.schema || '.' || k.name, s.dump_id
  FROM archive_entry s JOIN archive_need d ON d.dump_id = s.dump_id JOIN skipped_object k ON k.dump_id = d.needs_id AND k.kind IN ('TABLE', 'FOREIGN TABLE')
 WHERE s.description = 'SEQUENCE'
   AND NOT EXISTS (SELECT 1 FROM archive_need u JOIN archive_entry x ON x.dump_id = u.dump_id
                    WHERE u.needs_id = s.dump_id AND x.description NOT IN ('SEQUENCE OWNED BY', 'COMMENT', 'ACL', 'SECURITY LABEL')
                      AND NOT EXISTS (SELECT 1 FROM skipped_object g WHERE g.dump_id = x.dump_id))
ON CONFLICT DO NOTHING;
