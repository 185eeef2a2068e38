-- From here on this session's commits move the origin.
SELECT pg_catalog.pg_replication_origin_session_setup($1)
