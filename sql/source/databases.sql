-- The databases of the cluster that can be connected to, templates left out, biggest first. A size that may not be asked for is -1.
SELECT d.oid, d.datname::text,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) ELSE -1 END
  FROM pg_catalog.pg_database d
 WHERE d.datallowconn AND NOT d.datistemplate
 ORDER BY 3 DESC, 2
