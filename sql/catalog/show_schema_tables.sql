-- list schema: tables with their columns, and the parts they are copied in
SELECT json_object('oid', t.oid, 'schema', t.schema, 'name', t.name, 'display', t.display,
       'kind', CASE t.kind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'materialized view' END,
       'unlogged', json(iif(t.persistence = 'u', 'true', 'false')), 'access_method', t.access_method, 'owner', t.owner,
       'bytes', t.bytes, 'pages', t.pages, 'row_estimate', CAST(t.row_estimate AS INTEGER),
       'parent_oid', nullif(t.parent_oid, 0), 'root_oid', nullif(t.root_oid, 0), 'populated', json(iif(t.populated, 'true', 'false')),
       'key_column', nullif(t.key_column, ''), 'copy_method', t.copy_method, 'copy_reason', t.copy_reason,
       'copy_format', nullif(t.copy_format, ''), 'format_reason', t.format_reason,
       'columns', json((SELECT json_group_array(json_object('number', c.num, 'name', c.name, 'type', c.type, 'type_oid', c.type_oid,
                          'not_null', json(iif(c.not_null, 'true', 'false')), 'generated', nullif(c.generated, ''), 'identity', nullif(c.identity, '')) ORDER BY c.num)
                     FROM source_column c WHERE c.table_oid = t.oid)),
       'parts', json((SELECT json_group_array(json_object('number', p.number, 'condition', p.condition, 'pages', p.pages) ORDER BY p.number)
                   FROM part p WHERE p.table_oid = t.oid)))
  FROM source_table t ORDER BY t.schema, t.name;
