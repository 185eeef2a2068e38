-- list schema: extensions with their configuration tables
SELECT json_object('oid', x.oid, 'name', x.name, 'schema', x.schema, 'version', x.version,
       'configuration', json((SELECT json_group_array(json_object('oid', c.rel_oid, 'schema', c.schema, 'name', c.name,
                                'kind', iif(c.kind = 'S', 'sequence', 'table'), 'condition', c.condition) ORDER BY c.depth, c.rel_oid)
                           FROM extension_config c WHERE c.extension_oid = x.oid)))
  FROM extension x ORDER BY x.name;
