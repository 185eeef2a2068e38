-- The name of the system catalog with OID $1, NULL when it is shared by all databases or not there.
SELECT max(c.relname::pg_catalog.text)
FROM pg_catalog.pg_class c
WHERE c.oid = $1 AND c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace AND c.relkind = 'r' AND NOT c.relisshared
