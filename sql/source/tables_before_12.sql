-- Tables, partitioned tables and materialized views outside the system schemas; extension members are left out.
-- Servers 10 and 11: every table is a heap, pg_partition_root is not there yet. $1: take sizes from relpages where VACUUM
-- or ANALYZE has left them there.
-- Everything beside pg_class is looked up by an index per row, never through a join whose method the planner would have
-- to guess from catalogs without statistics: that keeps the cost linear in the number of tables.
SELECT c.oid,
       n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       c.relkind::pg_catalog.text,
       c.relpersistence::pg_catalog.text,
       CASE WHEN c.relkind = 'p' THEN '' ELSE 'heap' END,
       CASE WHEN c.relkind = 'p' THEN 0
            WHEN $1::pg_catalog.bool AND c.relpages > 0 THEN c.relpages
            ELSE coalesce(pg_catalog.pg_relation_size(c.oid, 'main')
                          / pg_catalog.current_setting('block_size')::pg_catalog.int8, 0)
       END::pg_catalog.int8,
       CASE WHEN c.relkind = 'p' THEN 0
            WHEN $1::pg_catalog.bool AND c.relpages > 0
            THEN (c.relpages + coalesce((SELECT t.relpages FROM pg_catalog.pg_class t WHERE t.oid = c.reltoastrelid), 0))
                 * pg_catalog.current_setting('block_size')::pg_catalog.int8
            ELSE coalesce(pg_catalog.pg_table_size(c.oid), 0)
       END::pg_catalog.int8,
       CASE WHEN c.reltuples = 0 AND c.relpages = 0 THEN -1 ELSE c.reltuples END::pg_catalog.float8,
       CASE WHEN c.relispartition
            THEN coalesce((SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid LIMIT 1), 0)
            ELSE 0
       END::pg_catalog.oid,
       CASE WHEN c.relispartition
            THEN coalesce((WITH RECURSIVE up (parent, level) AS (
                             SELECT i.inhparent, 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid
                           UNION ALL
                             SELECT i.inhparent, up.level + 1
                             FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.parent)
                           SELECT up.parent FROM up ORDER BY up.level DESC LIMIT 1), 0)
            ELSE 0
       END::pg_catalog.oid,
       c.relispopulated,
       coalesce(k.attname::pg_catalog.text, ''),
       coalesce(k.indisprimary, false), -- attnotnull is no proof: from 18 on it is set by NOT NULL ... NOT VALID too
       coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false),
       coalesce(pg_catalog.row_security_active(c.oid), false),
       pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN LATERAL (
       SELECT a.attname, i.indisprimary
       FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
       WHERE i.indrelid = c.oid
         AND i.indisunique AND i.indisvalid AND i.indislive AND i.indimmediate
         AND i.indnatts = 1 AND i.indpred IS NULL AND i.indexprs IS NULL
         AND a.atttypid IN (20, 21, 23) -- int8, int2, int4
       ORDER BY i.indisprimary DESC, a.attnotnull DESC, i.indexrelid
       LIMIT 1
     ) k ON true
WHERE c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.oid
