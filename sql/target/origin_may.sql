-- Whether the role may use every origin function that applying needs.
SELECT bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
  FROM pg_catalog.pg_proc p
 WHERE p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace
   AND p.proname IN ('pg_replication_origin_create','pg_replication_origin_advance','pg_replication_origin_drop','pg_replication_origin_progress',
                     'pg_replication_origin_session_setup','pg_replication_origin_session_progress','pg_replication_origin_xact_setup')
