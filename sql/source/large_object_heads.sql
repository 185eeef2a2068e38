-- The first $3 bytes of each large object from $1 to $2. All versions.
SELECT m.oid, pg_catalog.lo_get(m.oid, 0, $3::pg_catalog.int4)
FROM pg_catalog.pg_largeobject_metadata m
WHERE m.oid BETWEEN $1::pg_catalog.oid AND $2::pg_catalog.oid
ORDER BY m.oid
