-- What needs something that is left out is left out too. ?1 and ?2 bound the rows of skipped_object to go on from. A sequence can do
-- without the table that owns it (not that of an identity column, which has no OWNED BY of its own); a view whose query comes as a rule, because
-- it needs what comes late, is nothing without that rule.
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, k.rule,
       CASE WHEN e.description IN ('COMMENT', 'ACL', 'SECURITY LABEL') THEN 'is about ' ELSE 'needs ' END
         || lower(k.kind) || ' ' || CASE k.schema WHEN '' THEN k.name ELSE k.schema || '.' || k.name END, e.dump_id
  FROM skipped_object k JOIN archive_need d ON d.needs_id = k.dump_id JOIN archive_entry e ON e.dump_id = d.dump_id
 WHERE k.id > ?1 AND k.id <= ?2
   AND NOT (e.description = 'SEQUENCE' AND k.kind IN ('TABLE', 'FOREIGN TABLE')
            AND EXISTS (SELECT 1 FROM archive_need od JOIN archive_entry o ON o.dump_id = od.dump_id AND o.description = 'SEQUENCE OWNED BY'
                         WHERE od.needs_id = e.dump_id))
 UNION ALL
SELECT e.description, e.object_oid, e.schema, e.name, k.rule, k.via, e.dump_id
  FROM skipped_object k JOIN archive_need d ON d.dump_id = k.dump_id JOIN archive_entry e ON e.dump_id = d.needs_id
 WHERE k.id > ?1 AND k.id <= ?2 AND k.kind = 'RULE' AND e.description IN ('VIEW', 'MATERIALIZED VIEW')
   AND e.schema = k.schema AND k.name = e.name || ' _RETURN'
ON CONFLICT DO NOTHING;
