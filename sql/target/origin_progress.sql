-- How far this session's origin is; $1: only what is flushed.
SELECT coalesce(pg_catalog.pg_replication_origin_session_progress($1), '0/0')::text
