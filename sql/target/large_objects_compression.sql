-- Until the end of the transaction, new pages of large objects are compressed by LZ4, where the server has it and nobody has chosen
-- otherwise. Each page of 2 kB is tried, and a third of the server's time went into trying with PGLZ.
-- No row before 14, whose servers know PGLZ only.
SELECT pg_catalog.set_config(s.name, 'lz4', true)
FROM pg_catalog.pg_settings s
WHERE s.name = 'default_toast_compression' AND s.source = 'default' AND 'lz4' = ANY (s.enumvals)
