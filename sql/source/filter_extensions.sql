-- Extensions that the entries of a filter mean. $1: names or regular expressions, $2: which of the two. All versions.
SELECT e.n, x.oid, x.extname::pg_catalog.text
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.bool[])) WITH ORDINALITY AS e (name, re, n)
     CROSS JOIN LATERAL (
       SELECT t.oid, t.extname FROM pg_catalog.pg_extension t
       WHERE CASE WHEN e.re THEN t.extname::pg_catalog.text ~ e.name COLLATE pg_catalog."default"
                  ELSE t.extname = e.name::pg_catalog.name END
       OFFSET 0
     ) x
ORDER BY e.n, x.oid
