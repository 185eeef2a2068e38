SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'S'
   AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
   -- The sequence of a serial or identity column of an extension's table is no member by itself.
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend o
                     JOIN pg_catalog.pg_depend d ON d.classid = o.refclassid AND d.objid = o.refobjid AND d.deptype = 'e'
                    WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.deptype IN ('a', 'i')
                      AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                      AND NOT EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
