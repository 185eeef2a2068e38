-- All schemas, for advice. All versions.
SELECT n.nspname::pg_catalog.text FROM pg_catalog.pg_namespace n ORDER BY n.oid DESC LIMIT 100000
