-- By which columns rows are told apart: the primary key, else a unique constraint that holds at once and whose columns have no NULLs.
-- One row per table. All versions.
SELECT DISTINCT ON (con.conrelid) con.conrelid,
       ARRAY(SELECT a.attname::pg_catalog.text
               FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY AS k(num, place)
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num
              ORDER BY k.place)
FROM pg_catalog.pg_constraint con
     JOIN pg_catalog.pg_namespace n ON n.oid = con.connamespace
WHERE con.contype IN ('p', 'u') AND con.conrelid <> 0
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (con.contype = 'p' OR NOT con.condeferrable AND NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = con.conrelid AND a.attnum = ANY (con.conkey) AND NOT a.attnotnull))
ORDER BY con.conrelid, con.contype, con.oid
