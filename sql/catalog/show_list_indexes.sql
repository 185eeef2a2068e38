-- list indexes
SELECT x.oid, x.schema, x.name, s.display AS table_name, x.is_unique, x.is_primary, coalesce(c.name, '') AS constraint_name, x.bytes, x.definition
  FROM source_index x JOIN source_table s ON s.oid = x.table_oid LEFT JOIN source_constraint c ON c.oid = x.constraint_oid
 ORDER BY x.bytes DESC, x.display;
