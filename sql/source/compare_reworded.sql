-- The query of the temporary view that Reword has made.
SELECT pg_catalog.pg_get_viewdef('pg_temp.pgcopy_compare'::pg_catalog.regclass)
