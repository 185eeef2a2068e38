-- What is left is matched by name alone. Names that occur several times in a schema (operators, operator classes) are taken in order.
INSERT INTO compare_object (kind, schema, name, status, source_id, target_id)
WITH e AS MATERIALIZED (
    SELECT id, side, kind, schema, name,
           row_number() OVER (PARTITION BY side, kind, schema, name ORDER BY definition, id) AS nth
      FROM compare_entry
     WHERE object_id IS NULL
)
SELECT s.kind, s.schema, s.name, 'different', s.id, t.id
  FROM e s JOIN e t ON t.side = 'target' AND t.kind = s.kind AND t.schema = s.schema AND t.name = s.name AND t.nth = s.nth
 WHERE s.side = 'source';
