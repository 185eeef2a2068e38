-- The id of this transaction, with its epoch; one is assigned when it has none yet.
SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text
