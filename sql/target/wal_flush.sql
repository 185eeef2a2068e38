-- Where WAL ends now, in bytes; and whether more than $2 bytes of it wait for the disk and as many were written since $1, where this was last done
-- something about. If so, this transaction gets an id, and its commit has them flushed.
SELECT w.at,
       CASE WHEN w.at - w.flushed > $2 AND w.at - $1 > $2 THEN pg_catalog.txid_current() IS NOT NULL ELSE false END
  FROM (SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::pg_catalog.int8 AS at,
               pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_flush_lsn(), '0/0')::pg_catalog.int8 AS flushed) AS w
