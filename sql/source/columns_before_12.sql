-- Columns in their order, dropped ones left out, of the tables that Tables reports and of the configuration tables of
-- extensions. Servers 10 and 11: no generated columns.
SELECT a.attrelid,
       a.attnum,
       a.attname::pg_catalog.text,
       a.atttypid,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       ''::pg_catalog.text,
       a.attidentity::pg_catalog.text,
       a.attnotnull
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (NOT EXISTS (
         SELECT 1 FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
       OR c.oid IN (SELECT pg_catalog.unnest(e.extconfig) FROM pg_catalog.pg_extension e))
ORDER BY a.attrelid, a.attnum
