-- What is left is matched by name alone. Names that occur several times in a schema (operators, operator classes) are taken in order.
UPDATE compare_entry SET nth = x.nth
  FROM (SELECT id, row_number() OVER (PARTITION BY side, kind, schema, name ORDER BY definition, id) AS nth FROM compare_entry WHERE object_id IS NULL) x
 WHERE x.id = compare_entry.id;
