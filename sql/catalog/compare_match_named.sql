-- Entries of the same name that are left differ in their definition.
INSERT INTO compare_object (kind, schema, name, status, source_id, target_id)
SELECT s.kind, s.schema, s.name, 'different', s.id, t.id
  FROM compare_entry s CROSS JOIN compare_entry t INDEXED BY compare_entry_name
 WHERE s.side = 'source' AND s.object_id IS NULL
   AND t.side = 'target' AND t.kind = s.kind AND t.schema = s.schema AND t.name = s.name AND t.nth = s.nth AND t.object_id IS NULL;
