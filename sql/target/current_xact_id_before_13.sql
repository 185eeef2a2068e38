-- The id of this transaction, with its epoch; one is assigned when it has none yet. Up to version 12.
SELECT pg_catalog.txid_current()::pg_catalog.text
