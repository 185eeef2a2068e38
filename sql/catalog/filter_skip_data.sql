-- Rows that exclude-table-data leaves out: of tables, and of configuration tables of extensions, ...
INSERT INTO skipped_object (kind, oid, schema, name, rule, via)
SELECT 'TABLE DATA', m.object_oid, m.schema, m.name, m.rule, CASE m.part_of WHEN '' THEN '' ELSE 'is part of ' || m.part_of END
  FROM filter_match m
 WHERE m.section = 'exclude-table-data' AND m.kind = 'r'
   AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.oid = m.object_oid AND k.kind IN ('TABLE', 'TABLE DATA'));
