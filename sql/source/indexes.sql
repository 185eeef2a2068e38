-- Indexes of the tables that Tables reports, valid or not, partitioned ones included. All versions.
-- pg_constraint.conindid is set for foreign keys too (the index they rely on), hence the types.
SELECT i.indexrelid,
       i.indrelid,
       n.nspname::pg_catalog.text,
       x.relname::pg_catalog.text,
       coalesce(pg_catalog.pg_get_indexdef(i.indexrelid), ''),
       i.indisunique,
       i.indisprimary,
       i.indisexclusion,
       x.relkind = 'I',
       i.indisvalid AND i.indisready AND i.indislive,
       CASE WHEN x.relkind = 'I' THEN 0
            WHEN $1::pg_catalog.bool AND x.relpages > 0
            THEN x.relpages * pg_catalog.current_setting('block_size')::pg_catalog.int8
            ELSE coalesce(pg_catalog.pg_relation_size(i.indexrelid, 'main'), 0)
       END::pg_catalog.int8,
       coalesce((SELECT k.oid FROM pg_catalog.pg_constraint k
                 WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
                 LIMIT 1), 0)::pg_catalog.oid
FROM pg_catalog.pg_index i
     JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
     JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
WHERE c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid IN (c.oid, x.oid) AND d.deptype = 'e')
ORDER BY i.indrelid, i.indexrelid
