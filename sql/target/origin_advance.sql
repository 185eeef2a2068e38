-- Sets where an origin begins. Logged by this session's own transaction.
SELECT pg_catalog.pg_replication_origin_advance($1, $2::pg_catalog.pg_lsn)
