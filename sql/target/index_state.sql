-- The index $1.$2: usable or not, its definition, its table and the constraint it backs.
SELECT i.indisvalid AND i.indisready,
       c.relkind = 'I',
       pg_catalog.pg_get_indexdef(c.oid),
       tn.nspname::pg_catalog.text,
       t.relname::pg_catalog.text,
       coalesce((SELECT k.conname::pg_catalog.text FROM pg_catalog.pg_constraint k
                 WHERE k.conindid = c.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x') LIMIT 1), '')
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE n.nspname = $1 AND c.relname = $2
