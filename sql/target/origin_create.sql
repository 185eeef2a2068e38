-- Makes an origin, unless there is one of the name.
SELECT pg_catalog.pg_replication_origin_create($1)
 WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_replication_origin o WHERE o.roname = $1)
