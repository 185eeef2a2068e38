-- The columns of a relation that take no NULL. All versions.
SELECT coalesce(pg_catalog.string_agg(a.attname::pg_catalog.text, E'\n' ORDER BY a.attname::pg_catalog.text COLLATE "C"), '')
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
