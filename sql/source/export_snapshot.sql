-- The name under which other sessions can see the picture of this transaction. All versions; on a standby from 10 on.
SELECT pg_catalog.pg_export_snapshot()
