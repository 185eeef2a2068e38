-- A logical replication slot by its name; wal_status is new in 13.
SELECT s.slot_name::text, coalesce(s.plugin::text, ''), coalesce(s.database::text, ''), s.active, s.confirmed_flush_lsn::text, s.restart_lsn::text, ''
  FROM pg_catalog.pg_replication_slots s
 WHERE s.slot_name = $1
