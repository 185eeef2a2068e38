-- list schema: indexes
SELECT json_object('oid', x.oid, 'schema', x.schema, 'name', x.name, 'display', x.display, 'table_oid', x.table_oid, 'table', t.display,
       'unique', json(iif(x.is_unique, 'true', 'false')), 'primary', json(iif(x.is_primary, 'true', 'false')),
       'exclusion', json(iif(x.is_exclusion, 'true', 'false')), 'partitioned', json(iif(x.is_partitioned, 'true', 'false')),
       'valid', json(iif(x.is_valid, 'true', 'false')), 'bytes', x.bytes, 'constraint_oid', nullif(x.constraint_oid, 0), 'definition', x.definition)
  FROM source_index x LEFT JOIN source_table t ON t.oid = x.table_oid ORDER BY x.schema, x.name;
