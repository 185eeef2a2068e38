-- The position that the commit of this transaction gives the origin. Only the commit of a transaction that has an id moves it, so one that
-- wrote nothing is given an id here.
SELECT pg_catalog.pg_replication_origin_xact_setup($1::pg_catalog.pg_lsn, $2::pg_catalog.timestamptz), pg_catalog.txid_current()
