-- Installed extensions. All versions.
SELECT e.oid, e.extname::pg_catalog.text, n.nspname::pg_catalog.text, e.extversion
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
ORDER BY e.oid
