-- list schema: the database, and the work directory's wishes for it
SELECT json_object('name', source_database, 'oid', source_database_oid, 'connection', source, 'version_num', source_version, 'encoding', source_encoding,
       'snapshot', snapshot, 'consistent', json(iif(consistent, 'true', 'false')), 'options', json(iif(json_valid(options), options, 'null')),
       'properties', json((SELECT json_group_array(json_object('kind', kind, 'role', role, 'name', name, 'value', value) ORDER BY position) FROM database_property)))
  FROM setup;
