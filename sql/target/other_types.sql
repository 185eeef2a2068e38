-- The columns whose type has another OID than told, or that are not there (0). $1, $2: the tables; $3: the position of each column's table among
-- them, from 1; $4: its name; $5: the type. All versions.
WITH rel AS (
    SELECT w.n, (SELECT c.oid FROM pg_catalog.pg_namespace s JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid
                  WHERE s.nspname = w.nsp::pg_catalog.name AND c.relname = w.name::pg_catalog.name) AS oid
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS w (nsp, name, n)
), col AS (
    SELECT w.n, w.rel, w.typ, coalesce((SELECT a.atttypid FROM pg_catalog.pg_attribute a
                                  WHERE a.attrelid = r.oid AND a.attname = w.name::pg_catalog.name AND a.attnum > 0 AND NOT a.attisdropped), 0) AS has
      FROM ROWS FROM (pg_catalog.unnest($3::pg_catalog.int4[]), pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.oid[]))
           WITH ORDINALITY AS w (rel, name, typ, n)
      JOIN rel r ON r.n = w.rel
)
SELECT n::pg_catalog.int4, has FROM col WHERE has <> typ ORDER BY n
