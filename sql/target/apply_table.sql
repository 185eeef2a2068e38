-- A table as applying changes needs it: its kind, and of each column its name and type, what may be written, and how a value is found
-- again. One row a column; a table without columns is one row whose column is NULL; no table is no row.
--
-- A type is taken apart into the types it is made of (domains, arrays, composites, ranges). Two values of it can be compared for equality
-- when all of those are in a default btree or hash operator class, as the server's own type cache has it (lookup_type_cache in
-- src/backend/utils/cache/typcache.c). The operator is then that of the class, or pg_catalog's for what is made of others; "" means that
-- there is none and the text has to be compared. "exact" means that equal values are the same value: 1.0 and 1.00 are equal and not the
-- same, as are the texts that a nondeterministic collation takes for equal.
--
-- A deferrable constraint is checked by a trigger, which does not fire when changes are applied. For these the third column says, as
-- JSON, when rows a and b cannot both be there.
--
-- Columns newer than some server are read through to_jsonb, so that one statement is for all versions.
WITH RECURSIVE rel AS (
    SELECT c.oid, c.relkind,
           EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND g.tgenabled IN ('A', 'R')) AS fires
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2
), col AS (
    SELECT a.attnum, a.attname, a.atttypid, a.attcollation,
           coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', '') AS generated,
           coalesce(pg_catalog.to_jsonb(a) ->> 'attidentity', '') AS ident
      FROM pg_catalog.pg_attribute a JOIN rel ON a.attrelid = rel.oid
     WHERE a.attnum > 0 AND NOT a.attisdropped
), made_of(root, oid) AS (
    SELECT DISTINCT atttypid, atttypid FROM col
    UNION
    SELECT m.root, x.oid
      FROM made_of m JOIN pg_catalog.pg_type t ON t.oid = m.oid
      CROSS JOIN LATERAL (
          SELECT t.typbasetype WHERE t.typtype = 'd'
          UNION ALL
          SELECT t.typelem WHERE t.typtype = 'b' AND t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A'
          UNION ALL
          SELECT a.atttypid FROM pg_catalog.pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL
          SELECT r.rngsubtype FROM pg_catalog.pg_range r
           WHERE t.typtype IN ('r', 'm') AND (r.rngtypid = t.oid OR (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::pg_catalog.oid = t.oid)
      ) x(oid)
), leaf AS (
    SELECT l.oid, t.typname, t.typtype, t.typnamespace, op.operator
      FROM (SELECT DISTINCT oid FROM made_of) l JOIN pg_catalog.pg_type t ON t.oid = l.oid
      LEFT JOIN LATERAL (
          SELECT 'OPERATOR(' || pg_catalog.quote_ident(n.nspname) || '.' || o.oprname || ')' AS operator
            FROM pg_catalog.pg_opclass k
            JOIN pg_catalog.pg_am am ON am.oid = k.opcmethod AND am.amname IN ('btree', 'hash')
            JOIN pg_catalog.pg_amop p ON p.amopfamily = k.opcfamily AND p.amoplefttype = k.opcintype AND p.amoprighttype = k.opcintype
                                     AND p.amopstrategy = CASE am.amname WHEN 'btree' THEN 3 ELSE 1 END
            JOIN pg_catalog.pg_operator o ON o.oid = p.amopopr
            JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
           WHERE k.opcdefault
             AND (k.opcintype = l.oid
                  OR k.opcintype IN (SELECT c.casttarget FROM pg_catalog.pg_cast c
                                      WHERE c.castsource = l.oid AND c.castmethod = 'b' AND c.castcontext = 'i'))
           ORDER BY k.opcintype = l.oid DESC, am.amname
           LIMIT 1) op ON true
     WHERE t.typtype NOT IN ('d', 'c', 'r', 'm') AND NOT (t.typelem <> 0 AND t.typlen = -1 AND t.typcategory = 'A')
), base(root, oid) AS (
    SELECT DISTINCT atttypid, atttypid FROM col
    UNION
    SELECT b.root, t.typbasetype FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
), type AS (
    SELECT m.root, pg_catalog.bool_and(l.operator IS NOT NULL OR l.typtype = 'e') AS comparable,
           pg_catalog.bool_and(l.typtype = 'e' OR l.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND l.typname IN (
               'bool', 'char', 'name', 'int2', 'int4', 'int8', 'oid', 'text', 'varchar', 'bytea', 'date', 'time', 'timetz', 'timestamp',
               'timestamptz', 'uuid', 'macaddr', 'macaddr8', 'inet', 'cidr', 'bit', 'varbit', 'money', 'pg_lsn', 'xid', 'xid8', 'tid')) AS exact
      FROM made_of m JOIN leaf l ON l.oid = m.oid
     GROUP BY m.root
), later AS (
    SELECT k.conindid, k.conname AS name, pg_catalog.string_agg(col.attname, ', ' ORDER BY p.n) AS columns,
           pg_catalog.string_agg('a.' || pg_catalog.quote_ident(col.attname), ', ' ORDER BY p.n) AS values,
           pg_catalog.string_agg(pg_catalog.format('a.%I OPERATOR(%I.%s) b.%1$I', col.attname, n.nspname, o.oprname), ' AND ' ORDER BY p.n) AS clash
      FROM rel JOIN pg_catalog.pg_constraint k ON k.conrelid = rel.oid AND k.condeferrable AND k.contype IN ('p', 'u', 'x')
      JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND i.indexprs IS NULL AND i.indpred IS NULL
      CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY p(attnum, n)
      JOIN col ON col.attnum = p.attnum
      JOIN pg_catalog.pg_opclass c ON c.oid = i.indclass[p.n - 1]
      LEFT JOIN pg_catalog.pg_amop m ON k.contype <> 'x' AND m.amopfamily = c.opcfamily AND m.amoplefttype = c.opcintype
                                    AND m.amoprighttype = c.opcintype AND m.amopstrategy = 3
      JOIN pg_catalog.pg_operator o ON o.oid = coalesce(k.conexclop[p.n], m.amopopr)
      JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
     GROUP BY k.conindid, k.conname
)
SELECT rel.relkind::pg_catalog.text, rel.fires,
       (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('Name', name, 'Columns', columns, 'Values', values, 'Clash', clash)) FROM later),
       col.attname::pg_catalog.text, col.atttypid, pg_catalog.format_type(col.atttypid, -1), col.generated, col.ident,
       CASE WHEN NOT coalesce(type.comparable, false) THEN ''
            ELSE coalesce((SELECT l.operator FROM base b JOIN leaf l ON l.oid = b.oid WHERE b.root = col.atttypid AND l.typtype <> 'e'),
                          'OPERATOR(pg_catalog.=)') END,
       coalesce(type.exact, false) AND coalesce((SELECT (pg_catalog.to_jsonb(k) ->> 'collisdeterministic')::pg_catalog.bool
                                                   FROM pg_catalog.pg_collation k WHERE k.oid = col.attcollation), true)
  FROM rel LEFT JOIN col ON true LEFT JOIN type ON type.root = col.atttypid
 ORDER BY col.attnum
