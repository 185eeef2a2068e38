-- The columns of the primary key of table $1.$2, in the key's order: as they are, and quoted for SQL. No row when it has none.
SELECT a.attname::pg_catalog.text, pg_catalog.quote_ident(a.attname::pg_catalog.text)
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (num, at)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.num
WHERE n.nspname = $1 AND c.relname = $2 AND k.contype = 'p'
ORDER BY u.at
