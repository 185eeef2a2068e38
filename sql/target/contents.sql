-- What the connected database holds beyond a new one: kind, how many, and schema and name of the first.
-- Objects from 16384 (FirstNormalObjectId) on were made after initdb; those that belong to an extension or that come
-- and go with another object (deptype e, i) do not count, nor do sequences of columns (a). Versions 10 and newer.
WITH dependent AS (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d
  WHERE d.objid >= 16384 AND d.objsubid = 0
    AND (d.deptype IN ('e', 'i')
         OR d.deptype = 'a' AND d.refobjsubid > 0 AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass)
), object (ord, kind, catalog, oid, schema, name) AS (
  SELECT 1, 'schema', 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0::pg_catalog.oid, n.nspname
  FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public' AND n.nspname !~ '^pg_'
    -- made for an extension that was installed before the copy: as harmless as that
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE e.extnamespace = n.oid)
UNION ALL
  SELECT CASE c.relkind WHEN 'r' THEN 2 WHEN 'p' THEN 2 WHEN 'm' THEN 3 WHEN 'v' THEN 4 WHEN 'f' THEN 5 ELSE 6 END,
         CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'm' THEN 'materialized view' WHEN 'v' THEN 'view'
                        WHEN 'f' THEN 'foreign table' ELSE 'sequence' END,
         'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, c.relnamespace, c.relname
  FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S') AND c.relpersistence <> 't'
UNION ALL
  SELECT 7, 'function', 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, p.pronamespace, p.proname FROM pg_catalog.pg_proc p
UNION ALL
  -- Neither row types nor arrays; multiranges depend on their ranges.
  SELECT 8, 'type', 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.typnamespace, t.typname
  FROM pg_catalog.pg_type t
  WHERE (t.typrelid = 0 OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid)
UNION ALL
  SELECT 9, 'operator', 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.oprnamespace, o.oprname FROM pg_catalog.pg_operator o
UNION ALL
  SELECT 10, 'operator class', 'pg_catalog.pg_opclass'::pg_catalog.regclass, o.oid, o.opcnamespace, o.opcname FROM pg_catalog.pg_opclass o
UNION ALL
  SELECT 11, 'operator family', 'pg_catalog.pg_opfamily'::pg_catalog.regclass, o.oid, o.opfnamespace, o.opfname FROM pg_catalog.pg_opfamily o
UNION ALL
  SELECT 12, 'collation', 'pg_catalog.pg_collation'::pg_catalog.regclass, c.oid, c.collnamespace, c.collname FROM pg_catalog.pg_collation c
UNION ALL
  SELECT 13, 'conversion', 'pg_catalog.pg_conversion'::pg_catalog.regclass, c.oid, c.connamespace, c.conname FROM pg_catalog.pg_conversion c
UNION ALL
  SELECT 14, 'text search configuration', 'pg_catalog.pg_ts_config'::pg_catalog.regclass, x.oid, x.cfgnamespace, x.cfgname
  FROM pg_catalog.pg_ts_config x
UNION ALL
  SELECT 15, 'text search dictionary', 'pg_catalog.pg_ts_dict'::pg_catalog.regclass, x.oid, x.dictnamespace, x.dictname
  FROM pg_catalog.pg_ts_dict x
UNION ALL
  SELECT 16, 'text search parser', 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, x.oid, x.prsnamespace, x.prsname
  FROM pg_catalog.pg_ts_parser x
UNION ALL
  SELECT 17, 'text search template', 'pg_catalog.pg_ts_template'::pg_catalog.regclass, x.oid, x.tmplnamespace, x.tmplname
  FROM pg_catalog.pg_ts_template x
UNION ALL
  SELECT 18, 'cast', 'pg_catalog.pg_cast'::pg_catalog.regclass, c.oid, 0,
         pg_catalog.format_type(c.castsource, NULL) || ' AS ' || pg_catalog.format_type(c.casttarget, NULL)
  FROM pg_catalog.pg_cast c
UNION ALL
  SELECT 19, 'language', 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, l.lanname FROM pg_catalog.pg_language l
UNION ALL
  SELECT 20, 'access method', 'pg_catalog.pg_am'::pg_catalog.regclass, a.oid, 0, a.amname FROM pg_catalog.pg_am a
UNION ALL
  SELECT 21, 'foreign data wrapper', 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, f.oid, 0, f.fdwname
  FROM pg_catalog.pg_foreign_data_wrapper f
UNION ALL
  SELECT 22, 'foreign server', 'pg_catalog.pg_foreign_server'::pg_catalog.regclass, f.oid, 0, f.srvname
  FROM pg_catalog.pg_foreign_server f
UNION ALL
  SELECT 23, 'event trigger', 'pg_catalog.pg_event_trigger'::pg_catalog.regclass, e.oid, 0, e.evtname FROM pg_catalog.pg_event_trigger e
UNION ALL
  SELECT 24, 'publication', 'pg_catalog.pg_publication'::pg_catalog.regclass, p.oid, 0, p.pubname FROM pg_catalog.pg_publication p
UNION ALL
  SELECT 27, 'extension', 'pg_catalog.pg_extension'::pg_catalog.regclass, e.oid, 0, e.extname
  FROM pg_catalog.pg_extension e WHERE e.extname <> 'plpgsql'
), found AS (
  SELECT o.ord, o.kind, n.nspname::pg_catalog.text AS schema, o.name::pg_catalog.text AS name
  FROM object o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
  WHERE o.oid >= 16384
    AND (o.schema = 0 OR n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
    AND NOT EXISTS (SELECT FROM dependent d WHERE d.classid = o.catalog AND d.objid = o.oid)
)
SELECT kind::pg_catalog.text, pg_catalog.count(*),
       coalesce((pg_catalog.array_agg(schema ORDER BY schema, name))[1], ''),
       (pg_catalog.array_agg(name ORDER BY schema, name))[1],
       kind = 'extension', ord
FROM found GROUP BY ord, kind
UNION ALL
-- Only some columns are for everybody to read, and not oid in every version.
SELECT 'subscription', pg_catalog.count(*), '', pg_catalog.min(s.subname::pg_catalog.text), false, 25
FROM pg_catalog.pg_subscription s
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
HAVING pg_catalog.count(*) > 0
UNION ALL
SELECT 'large object', pg_catalog.count(*), '', pg_catalog.min(m.oid)::pg_catalog.text, false, 26
FROM pg_catalog.pg_largeobject_metadata m
HAVING pg_catalog.count(*) > 0
ORDER BY 6
