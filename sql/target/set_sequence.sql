-- Give the sequence $1 the value $2; $3 says whether that value was given out already.
SELECT pg_catalog.setval($1::pg_catalog.text::pg_catalog.regclass, $2::pg_catalog.int8, $3::pg_catalog.bool)
