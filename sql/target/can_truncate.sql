-- May the connected role truncate the table $1.$2? No row when there is no such table.
SELECT pg_catalog.has_table_privilege(c.oid, 'TRUNCATE')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2
