-- A table that has rows of its own, and where they go.
SELECT s.schema, s.name, coalesce(r.schema, s.schema), coalesce(r.name, s.name), coalesce(r.oid, 0), s.kind, s.persistence, s.bytes, s.copy_method, s.copy_format
  FROM source_table s LEFT JOIN row_root r ON r.oid = s.root_oid
 WHERE s.oid = ?1
