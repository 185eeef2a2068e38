-- list schema: schemas. The archive does not describe one that every database has, such as public, while it is as it always was.
SELECT json_object('oid', max(oid), 'name', name, 'owner', max(owner))
  FROM (SELECT object_oid AS oid, name, owner FROM archive_entry WHERE description = 'SCHEMA'
        UNION ALL SELECT NULL, schema, NULL FROM source_table
        UNION ALL SELECT NULL, schema, NULL FROM sequence)
 GROUP BY name ORDER BY name;
