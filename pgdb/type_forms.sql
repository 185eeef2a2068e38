-- What values of the types $1 are in binary COPY, by the walk from a domain to its base, from an array to its elements, from a range to its
-- bounds and from a multirange to its ranges: each step has one successor. An array names the OID of its elements' type in its binary
-- form (array_send), a composite those of its columns (record_send); a range names none (range_send), an enum sends its label
-- (enum_send). OIDs below 10000 are given out by hand and the same on every server (FirstGenbkiObjectId, access/transam.h).
-- All versions; multiranges came with 14.
--
-- On the list of the safe are not: xml (its declaration may be rewritten), tsquery, int2vector and oidvector (their receive functions refuse
-- the empty value that their send functions made), and what nobody has in a table.
WITH RECURSIVE walk (root, oid, path, alien) AS (
    SELECT t.oid, t.oid, ''::pg_catalog.text, 0::pg_catalog.oid
      FROM pg_catalog.pg_type t
     WHERE t.oid = ANY ($1::pg_catalog.oid[])
    UNION ALL
    SELECT w.root, s.oid, w.path || s.word,
           CASE WHEN w.alien = 0 AND s.word = 'array ' AND s.oid >= 10000 THEN s.oid ELSE w.alien END
      FROM walk w JOIN pg_catalog.pg_type t ON t.oid = w.oid
      CROSS JOIN LATERAL (
           SELECT t.typbasetype AS oid, ''::pg_catalog.text AS word WHERE t.typtype = 'd'
           UNION ALL
           SELECT t.typelem, 'array ' WHERE t.typtype = 'b' AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc
           UNION ALL
           SELECT r.rngsubtype, 'range ' FROM pg_catalog.pg_range r WHERE t.typtype = 'r' AND r.rngtypid = t.oid
           UNION ALL
           SELECT r.rngtypid, 'multirange ' FROM pg_catalog.pg_range r
            WHERE t.typtype = 'm' AND (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid = t.oid) s
), leaf AS (
    SELECT w.root, w.path, w.alien, t.oid, t.typtype, t.typname::pg_catalog.text AS name, t.typsend <> 0 AND t.typreceive <> 0 AS sent,
           t.oid < 10000 AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AS builtin,
           (SELECT e.extname || ' ' || e.extversion
              FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
             WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e'
               AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
             LIMIT 1) AS extension
      FROM walk w JOIN pg_catalog.pg_type t ON t.oid = w.oid
     WHERE t.typtype NOT IN ('d', 'r', 'm') AND NOT (t.typtype = 'b' AND t.typoutput = 'pg_catalog.array_out'::pg_catalog.regproc)
), judged AS (
    SELECT l.*,
           CASE WHEN alien <> 0 OR typtype NOT IN ('b', 'e') THEN 'never'
                WHEN typtype = 'e' THEN 'safe'
                WHEN NOT sent THEN 'never'
                WHEN builtin AND name IN (
                    'bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'char', 'name', 'bytea', 'uuid',
                    'date', 'time', 'timetz', 'timestamp', 'timestamptz', 'interval', 'bit', 'varbit', 'inet', 'cidr', 'macaddr', 'macaddr8',
                    'json', 'jsonb', 'jsonpath', 'point', 'line', 'lseg', 'box', 'path', 'polygon', 'circle', 'tsvector', 'refcursor',
                    'oid', 'tid', 'xid', 'cid', 'xid8', 'pg_lsn', 'pg_snapshot', 'txid_snapshot') THEN 'safe'
                WHEN builtin AND (name LIKE 'reg%' OR name = 'money') THEN 'never'
                WHEN NOT builtin AND extension IS NOT NULL THEN 'safe'
                ELSE 'caution'
           END AS verdict
      FROM leaf l
)
SELECT root, pg_catalog.format_type(root, NULL),
       path || CASE WHEN typtype = 'e' THEN 'enum'
                    WHEN builtin THEN name
                    WHEN extension IS NOT NULL THEN name || ' (extension ' || extension || ')'
                    ELSE pg_catalog.format_type(oid, NULL) END,
       verdict,
       CASE WHEN verdict = 'safe' THEN ''
            ELSE CASE WHEN root <> oid AND alien = 0 THEN 'holds ' || pg_catalog.format_type(oid, NULL) || ', which ' ELSE '' END
                 || CASE WHEN alien <> 0 THEN 'carries the OID of ' || pg_catalog.format_type(alien, NULL)
                         WHEN typtype = 'c' THEN 'is a composite: it carries the OIDs of its columns'' types'
                         WHEN NOT sent THEN 'has no binary form'
                         WHEN builtin AND name LIKE 'reg%' THEN 'is sent as the OID of an object'
                         WHEN builtin AND name = 'money' THEN 'depends on lc_monetary'
                         WHEN builtin THEN 'is not on the list of types whose every value is known to arrive'
                         ELSE 'is a base type of somebody''s own' END
       END
  FROM judged
