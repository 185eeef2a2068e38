-- Which of the large objects $1 exist.
SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = ANY ($1::pg_catalog.oid[]) ORDER BY m.oid
