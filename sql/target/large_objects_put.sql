-- Write the bytes $3[i] at the offset $2[i] of the large object $1[i].
-- unnest of several arrays is syntax of FROM and cannot be qualified; pg_catalog is searched first anyway.
SELECT pg_catalog.lo_put(u.o, u.start, u.data)
FROM unnest($1::pg_catalog.oid[], $2::pg_catalog.int8[], $3::pg_catalog.bytea[]) AS u (o, start, data)
