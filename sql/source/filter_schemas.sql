-- Schemas that the entries of a filter mean. $1: names or regular expressions, $2: which of the two. All versions.
SELECT e.n, s.oid, s.nspname::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.bool[])) WITH ORDINALITY AS e (name, re, n)
     CROSS JOIN LATERAL (
       SELECT n.oid, n.nspname FROM pg_catalog.pg_namespace n
       WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
         AND CASE WHEN e.re THEN n.nspname::pg_catalog.text ~ e.name COLLATE pg_catalog."default"
                  ELSE n.nspname = e.name::pg_catalog.name END
       OFFSET 0
     ) s
ORDER BY e.n, s.oid
