-- The transactions of this database that have an id and are at work, prepared ones included; of these, those in $1 unless it is NULL. A snapshot
-- would not tell: to it everything behind the last transaction that is over is at work.
SELECT coalesce(pg_catalog.array_agg(l.transactionid::pg_catalog.text), '{}')
  FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
   AND (a.datname IS NULL OR a.datname = pg_catalog.current_database())
   AND ($1::pg_catalog.text[] IS NULL OR l.transactionid::pg_catalog.text = ANY ($1))
