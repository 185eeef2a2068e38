-- Write the bytes $3 at the offset $2 of the large object $1. All versions.
SELECT pg_catalog.lo_put($1::pg_catalog.oid, $2::pg_catalog.int8, $3::pg_catalog.bytea)
