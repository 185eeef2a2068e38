-- Whether table $1 has another file than the transaction's snapshot knows: it was truncated or rewritten since. pg_relation_filenode() looks at
-- the catalog as it is now; the row of pg_class is that of the snapshot. And where the WAL is.
SELECT c.relfilenode <> coalesce(pg_catalog.pg_relation_filenode(c.oid), 0),
       (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_insert_lsn() END)::text
  FROM pg_catalog.pg_class c
 WHERE c.oid = $1
