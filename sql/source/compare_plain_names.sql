-- Names of types as people write them, until the transaction ends.
SELECT pg_catalog.set_config('quote_all_identifiers', 'off', true)
