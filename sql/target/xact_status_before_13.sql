-- What became of the transaction $1: committed, aborted, in progress; NULL when that is no longer known. Up to version 12.
SELECT pg_catalog.txid_status($1::pg_catalog.text::pg_catalog.int8)
