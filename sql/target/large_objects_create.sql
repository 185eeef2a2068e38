-- Create the empty large objects $1.
SELECT pg_catalog.lo_create(u.o) FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS u (o)
