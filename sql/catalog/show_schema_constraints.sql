-- list schema: constraints
SELECT json_object('oid', c.oid, 'name', c.name, 'table_oid', c.table_oid, 'table', t.display,
       'type', CASE c.type WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion'
                           WHEN 't' THEN 'trigger' WHEN 'n' THEN 'not null' ELSE c.type END,
       'index_oid', nullif(c.index_oid, 0), 'references_oid', nullif(c.ref_table, 0), 'deferrable', json(iif(c.is_deferrable, 'true', 'false')),
       'deferred', json(iif(c.is_deferred, 'true', 'false')), 'validated', json(iif(c.is_validated, 'true', 'false')), 'definition', c.definition)
  FROM source_constraint c LEFT JOIN source_table t ON t.oid = c.table_oid ORDER BY t.schema, t.name, c.name;
