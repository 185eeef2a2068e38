-- Entries of the same name and definition are pairs; of several alike the first with the first.
INSERT INTO compare_object (kind, schema, name, status, source_id, target_id)
WITH e AS MATERIALIZED (
    SELECT id, side, kind, schema, name, definition,
           row_number() OVER (PARTITION BY side, kind, schema, name, definition ORDER BY id) AS nth
      FROM compare_entry
)
SELECT s.kind, s.schema, s.name, 'equal', s.id, t.id
  FROM e s JOIN e t ON t.side = 'target' AND t.kind = s.kind AND t.schema = s.schema AND t.name = s.name AND t.nth = s.nth AND t.definition = s.definition
 WHERE s.side = 'source';
