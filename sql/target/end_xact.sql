-- End the session in this database that runs the transaction whose id's low half is $1, if it is one of ours. After a crash
-- of the server the same id may have been given to somebody else's transaction, which must not be ended.
SELECT pg_catalog.pg_terminate_backend(a.pid)
FROM pg_catalog.pg_stat_activity a
WHERE a.backend_xid = $1::pg_catalog.xid
  AND a.pid <> pg_catalog.pg_backend_pid()
  AND a.datname = pg_catalog.current_database()
  AND (a.application_name LIKE 'pgcopy%' OR a.usename = session_user)
