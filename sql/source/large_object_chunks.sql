-- $4 chunks of $2 bytes each of the large object $1, from byte $3 on; chunks after its end are empty. All versions.
SELECT $3::pg_catalog.int8 + g.i * $2::pg_catalog.int8,
       pg_catalog.lo_get($1::pg_catalog.oid, $3::pg_catalog.int8 + g.i * $2::pg_catalog.int8, $2::pg_catalog.int4)
FROM pg_catalog.generate_series(0, $4::pg_catalog.int4 - 1) AS g (i)
ORDER BY g.i
