-- The columns of tables, partitioned tables and materialized views outside the system schemas, and of extensions' configuration
-- tables, with the type that lies below their domains. All versions.
SELECT a.attrelid,
       a.attnum,
       a.attname::pg_catalog.text,
       pg_catalog.format_type(a.atttypid, a.atttypmod),
       b.oid,
       CASE WHEN b.typlen = -1 AND b.typelem <> 0 AND b.typcategory = 'A' THEN b.typelem ELSE 0 END::pg_catalog.oid,
       b.oid <> a.atttypid
FROM pg_catalog.pg_attribute a
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_type b ON b.oid = (
       WITH RECURSIVE below(oid, base) AS (
         SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
         UNION ALL
         SELECT t.oid, t.typbasetype FROM below JOIN pg_catalog.pg_type t ON t.oid = below.base WHERE below.base <> 0
       )
       SELECT below.oid FROM below WHERE below.base = 0)
WHERE a.attnum > 0 AND NOT a.attisdropped
  AND c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY a.attrelid, a.attnum
