-- May the connected role truncate the table $1.$2? No row when there is no such table. Nobody may while a foreign key of another table refers to it.
SELECT pg_catalog.has_table_privilege(c.oid, 'TRUNCATE')
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.confrelid = c.oid AND k.conrelid <> c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2
