-- Tables whose changes publication $1 does not have, or not all of them (row filters and column lists came with 15).
SELECT n.nspname::text, c.relname::text,
       CASE WHEN t.tablename IS NULL THEN 'is not in it'
            WHEN pg_catalog.to_jsonb(t)->>'rowfilter' IS NOT NULL THEN 'has a row filter in it'
            ELSE 'has only some of its columns in it' END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_publication_tables t ON t.pubname = $1 AND t.schemaname = n.nspname AND t.tablename = c.relname
  LEFT JOIN pg_catalog.pg_publication_rel r ON r.prrelid = c.oid AND r.prpubid = (SELECT p.oid FROM pg_catalog.pg_publication p WHERE p.pubname = $1)
 WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
   AND (t.tablename IS NULL OR pg_catalog.to_jsonb(t)->>'rowfilter' IS NOT NULL OR pg_catalog.to_jsonb(r)->>'prattrs' IS NOT NULL)
 ORDER BY c.oid
