-- list table-parts
SELECT s.schema, s.name, p.number AS part, p.count AS parts, p.condition, p.pages
  FROM part p JOIN source_table s ON s.oid = p.table_oid ORDER BY s.bytes DESC, s.display, p.number;
