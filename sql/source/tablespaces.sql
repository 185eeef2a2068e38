-- The server's tablespaces, and what the database at hand has in them: relations of users with a place of their own. What belongs to an
-- extension is made by it, and temporary relations, TOAST and sequences have no place that a dump would know.
SELECT t.spcname::text,
       pg_catalog.pg_get_userbyid(t.spcowner)::text,
       pg_catalog.pg_tablespace_location(t.oid),
       coalesce(t.spcoptions, '{}')::text[],
       coalesce(pg_catalog.shobj_description(t.oid, 'pg_tablespace'), ''),
       t.oid = d.dattablespace,
       EXISTS (SELECT 1 FROM pg_catalog.pg_class c
                WHERE c.reltablespace = t.oid AND c.relkind IN ('r', 'p', 'm', 'i', 'I') AND c.relpersistence <> 't' AND c.oid >= 16384
                  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
                                   WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.deptype = 'e'
                                     AND e.objid IN (c.oid, (SELECT i.indrelid FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid)))),
       pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')
  FROM pg_catalog.pg_tablespace t
  JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
 ORDER BY 1
