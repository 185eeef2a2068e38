-- All installed extensions, for advice. All versions.
SELECT e.extname::pg_catalog.text FROM pg_catalog.pg_extension e ORDER BY e.oid
