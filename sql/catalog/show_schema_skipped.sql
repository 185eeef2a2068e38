-- list schema: what options or filters leave out
SELECT json_object('kind', kind, 'oid', nullif(oid, 0), 'schema', nullif(schema, ''), 'name', name, 'rule', rule, 'via', nullif(via, ''))
  FROM skipped_object ORDER BY kind, schema, name;
