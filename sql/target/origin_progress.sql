-- How far this session's origin is. With true the server first makes durable what the origin has reached.
SELECT coalesce(pg_catalog.pg_replication_origin_session_progress($1), '0/0')::pg_catalog.text
