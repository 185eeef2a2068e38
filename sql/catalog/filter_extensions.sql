-- Extensions that filters leave out, and the privileges on their members. ?1: only those that are named are included. Every
-- server has plpgsql.
WITH gone AS (
    SELECT e.dump_id, e.object_oid, coalesce(m.rule, '[include-only-extension] does not name it') AS rule
      FROM archive_entry e
      LEFT JOIN filter_match m ON m.section = 'exclude-extension' AND m.catalog_oid = 3079 AND m.object_oid = e.object_oid
     WHERE e.catalog_oid = 3079 AND e.description = 'EXTENSION'
       AND (m.rule IS NOT NULL
            OR (?1 AND e.name <> 'plpgsql' AND NOT EXISTS (SELECT 1 FROM filter_match i WHERE i.section = 'include-only-extension'
                                                              AND i.catalog_oid = 3079 AND i.object_oid = e.object_oid)))
)
INSERT INTO skipped_object (kind, oid, schema, name, rule, via, dump_id)
SELECT e.description, e.object_oid, e.schema, e.name, g.rule, '', e.dump_id
  FROM gone g JOIN archive_entry e ON e.dump_id = g.dump_id
 UNION ALL
SELECT e.description, e.object_oid, e.schema, e.name, g.rule, 'needs extension ' || x.name, e.dump_id
  FROM filter_rider r JOIN gone g ON g.object_oid = r.extension_oid JOIN archive_entry e ON e.dump_id = r.dump_id
  JOIN archive_entry x ON x.dump_id = g.dump_id
 WHERE true
ON CONFLICT DO NOTHING;
