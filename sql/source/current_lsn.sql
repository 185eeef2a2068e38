-- The end of the WAL: everything that has committed is before it, also what committed asynchronously and is not flushed yet. On a standby, of
-- what is replayed.
SELECT (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END)::text
