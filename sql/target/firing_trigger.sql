-- The first trigger that COPY would fire in one of the tables named by the arrays $1 (schemas) and $2 (names). $3: session_replication_role is
-- replica. A trigger that a partition has from its parent is an internal one before 15. tgtype 4 is INSERT (pg_trigger.h).
SELECT n.nspname::pg_catalog.text, c.relname::pg_catalog.text, t.tgname::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) AS w (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid
WHERE (NOT t.tgisinternal OR t.tgparentid <> 0 AND t.tgconstraint = 0)
  AND (t.tgtype & 4) <> 0
  AND CASE WHEN $3::pg_catalog.bool THEN t.tgenabled IN ('R', 'A') ELSE t.tgenabled IN ('O', 'A') END
ORDER BY 1, 2, 3
LIMIT 1
