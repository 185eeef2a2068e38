-- Tables with rows of their own and their columns; one row with a NULL column for a table without any. The third
-- column says which columns are text, bytea or floats as such (no domain over them).
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname),
       CASE WHEN a.attname IS NOT NULL THEN pg_catalog.quote_ident(a.attname) END,
       CASE WHEN a.atttypid IN (25, 1043) THEN 't' WHEN a.atttypid = 17 THEN 'b' WHEN a.atttypid = 701 THEN 'd' WHEN a.atttypid = 700 THEN 'f' ELSE '' END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated)
   AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
