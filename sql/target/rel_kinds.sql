-- Which of the relations $1[i].$2[i] exist, and of what kind they are.
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, c.relkind::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS u (schema, rel)
     JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema
     JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = u.rel
ORDER BY n.nspname, c.relname
