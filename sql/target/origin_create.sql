SELECT pg_catalog.pg_replication_origin_create($1)
