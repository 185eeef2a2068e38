-- Who has or wants table $1 for itself.
SELECT a.pid, coalesce(a.usename, '')::text, coalesce(a.application_name, ''), pg_catalog.left(coalesce(a.query, ''), 100)
  FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.relation = $1 AND l.mode = 'AccessExclusiveLock'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
 ORDER BY l.granted DESC, a.xact_start
 LIMIT 1
