-- Sequences whose owner is left out and which nothing that is copied uses.
WITH owned (dump_id, rule, schema, name) AS (
    SELECT d.dump_id, k.rule, k.schema, k.name
      FROM skipped_object k JOIN archive_need d ON d.needs_id = k.dump_id
     WHERE k.kind IN ('TABLE', 'FOREIGN TABLE')
     UNION ALL
    SELECT q.dump_id, h.rule, h.schema, h.name
      FROM hidden_need n JOIN hidden_relation h ON h.oid = n.needs_oid JOIN archive_entry q ON q.catalog_oid = n.catalog_oid AND q.object_oid = n.object_oid
     WHERE n.is_owned
)
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT s.description, s.object_oid, s.schema, s.name, o.rule, 'belongs to table ' || o.schema || '.' || o.name, s.dump_id
  FROM owned o JOIN archive_entry s ON s.dump_id = o.dump_id
 WHERE s.description = 'SEQUENCE'
   AND NOT EXISTS (SELECT 1 FROM archive_need u JOIN archive_entry x ON x.dump_id = u.dump_id
                    WHERE u.needs_id = s.dump_id AND x.description NOT IN ('SEQUENCE OWNED BY', 'COMMENT', 'ACL', 'SECURITY LABEL')
                      AND NOT EXISTS (SELECT 1 FROM skipped_object g WHERE g.dump_id = x.dump_id))
ON CONFLICT DO NOTHING;
