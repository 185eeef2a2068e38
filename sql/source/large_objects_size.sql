-- Bytes that large objects take on disk, and how many there are.
SELECT pg_catalog.pg_relation_size('pg_catalog.pg_largeobject'::pg_catalog.regclass),
       (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata)
