-- How many tables pg_dump locks, all that are ordinary or partitioned, and how many sequences it reads, which locks them as well; without those of
-- extensions. All versions.
SELECT coalesce(pg_catalog.sum((c.relkind <> 'S')::pg_catalog.int4), 0), coalesce(pg_catalog.sum((c.relkind = 'S')::pg_catalog.int4), 0)
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'S')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
