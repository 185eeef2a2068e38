-- What include-only sections name and what is left out all the same, because it needs what they do not name.
SELECT m.rule, k.kind, CASE m.schema WHEN '' THEN '' ELSE m.schema || '.' END || m.name, k.via, k.rule
  FROM filter_match m JOIN archive_entry e ON e.catalog_oid = m.catalog_oid AND e.object_oid = m.object_oid
  JOIN skipped_object k ON k.dump_id = e.dump_id
 WHERE m.section IN ('include-only-table', 'include-only-extension') AND m.is_literal AND m.part_of = ''
 ORDER BY k.id
 LIMIT 20;
