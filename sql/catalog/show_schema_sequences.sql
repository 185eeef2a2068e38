-- list schema: sequences
SELECT json_object('oid', oid, 'schema', schema, 'name', name, 'display', display, 'last_value', last_value, 'is_called', json(iif(is_called, 'true', 'false')))
  FROM sequence ORDER BY schema, name;
