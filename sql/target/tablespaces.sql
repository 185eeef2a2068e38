-- The server's tablespaces: which of them is the database's own, whether the role may make things there, and whether comment and
-- privileges were ever given.
SELECT t.spcname::text, t.oid = d.dattablespace, pg_catalog.has_tablespace_privilege(t.oid, 'CREATE'),
       pg_catalog.shobj_description(t.oid, 'pg_tablespace') IS NOT NULL, t.spcacl IS NOT NULL
  FROM pg_catalog.pg_tablespace t
  JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
 ORDER BY 1
