-- Sessions in this database of another pgcopy that copies or applies; $1 are the backends of this one. Another role's begin and address are shown
-- to members of that role and of pg_read_all_stats only: NULL then, and taken for earlier than this session.
SELECT a.pid, a.application_name, coalesce(pg_catalog.host(a.client_addr), ''),
       coalesce(pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), ''),
       coalesce((a.backend_start, a.pid) < (me.backend_start, me.pid), true) AS earlier
FROM pg_catalog.pg_stat_activity a, pg_catalog.pg_stat_activity me
WHERE me.pid = pg_catalog.pg_backend_pid()
  AND a.datname = pg_catalog.current_database()
  AND a.application_name IN ('pgcopy copy', 'pgcopy apply')
  AND coalesce(a.backend_type, 'client backend') = 'client backend'
  AND a.pid <> ALL (coalesce($1::pg_catalog.int4[], '{}'))
ORDER BY a.backend_start, a.pid
LIMIT 100
