-- list constraints
SELECT c.oid, s.display AS table_name, c.name,
       CASE c.type WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion'
                   WHEN 't' THEN 'trigger' WHEN 'n' THEN 'not null' ELSE c.type END AS type, c.is_validated, c.definition
  FROM source_constraint c JOIN source_table s ON s.oid = c.table_oid ORDER BY s.display, c.name;
