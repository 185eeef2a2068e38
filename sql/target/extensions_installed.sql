-- The extensions of the connected database: name, schema, and comment.
SELECT e.extname::pg_catalog.text, n.nspname::pg_catalog.text, coalesce(pg_catalog.obj_description(e.oid, 'pg_extension'), '')
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
ORDER BY 1
