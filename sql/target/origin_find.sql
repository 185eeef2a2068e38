-- A replication origin and how far it is: as committed, and as flushed.
SELECT pg_catalog.pg_replication_origin_progress(o.roname, false)::text, pg_catalog.pg_replication_origin_progress(o.roname, true)::text
  FROM pg_catalog.pg_replication_origin o WHERE o.roname = $1
