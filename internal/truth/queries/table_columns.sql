-- Tables with rows of their own and their columns; one row with a NULL column for a table without any. The third
-- column says which columns are text, bytea or floats as such (no domain over them). The hash of an enum is another one on every server: of trees
-- that are spread by one, the root stands for all partitions (its name has a * behind it).
WITH RECURSIVE up (relid) AS (
    SELECT p.partrelid FROM pg_catalog.pg_partitioned_table p
     WHERE p.partstrat = 'h' AND (SELECT count(*) FROM pg_catalog.pg_inherits i WHERE i.inhparent = p.partrelid) > 1
       AND EXISTS (SELECT FROM pg_catalog.pg_opclass o WHERE o.oid = ANY (p.partclass) AND o.opcintype IN (3500, 2277))
     UNION SELECT i.inhparent FROM up u JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.relid
), tree (root, relid) AS (
    SELECT u.relid, u.relid FROM up u WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhrelid = u.relid)
     UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.relid
)
SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) || CASE c.relkind WHEN 'p' THEN ' *' ELSE '' END,
       CASE WHEN a.attname IS NOT NULL THEN pg_catalog.quote_ident(a.attname) END,
       CASE WHEN a.atttypid IN (25, 1043) THEN 't' WHEN a.atttypid = 17 THEN 'b' WHEN a.atttypid = 701 THEN 'd' WHEN a.atttypid = 700 THEN 'f' ELSE '' END
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE (c.relkind = 'r' AND c.oid NOT IN (SELECT relid FROM tree) OR c.relkind = 'm' AND c.relispopulated OR c.oid IN (SELECT root FROM tree))
   AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))
