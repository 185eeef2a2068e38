-- Entries that cannot be told apart get numbers: the first of the source belongs to the first of the target.
UPDATE compare_entry SET nth = x.nth
  FROM (SELECT id, row_number() OVER (PARTITION BY side, kind, schema, name, definition ORDER BY id) AS nth FROM compare_entry) x
 WHERE x.id = compare_entry.id;
