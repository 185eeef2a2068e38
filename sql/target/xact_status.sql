-- What became of the transaction $1: committed, aborted, in progress; NULL when that is no longer known.
SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8)
