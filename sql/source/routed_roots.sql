-- The roots of trees in which a row may belong to another partition on the other server: hash partitioned tables of which a key is an enum, or may hold
-- one (its hash is that of a value's OID: hashenum), or, with $1, a text (its hash is that of its bytes in the database's encoding: hashtext).
-- pg_dump knows the first case (getPartitioningInfo in src/bin/pg_dump/pg_dump.c). 2277 is anyarray, 2249 record, 3500 anyenum, 3831 anyrange,
-- 4537 anymultirange, 19 name, 1700 numeric, 17 bytea. Servers 11 and newer.
WITH RECURSIVE up (relid, why) AS (
    SELECT p.partrelid, CASE WHEN k.enums THEN 'the hash of an enum depends on the server' ELSE 'the hash of a text depends on the encoding' END
      FROM pg_catalog.pg_partitioned_table p
           CROSS JOIN LATERAL (
             SELECT pg_catalog.bool_or(t.oid IN (3500, 2277, 2249, 3831, 4537)),
                    pg_catalog.bool_or(t.typlen = -1 AND t.oid NOT IN (1700, 17) OR t.oid = 19)
               FROM pg_catalog.unnest(p.partclass::pg_catalog.oid[]) AS c (oid)
                    JOIN pg_catalog.pg_opclass o ON o.oid = c.oid JOIN pg_catalog.pg_type t ON t.oid = o.opcintype) AS k (enums, texts)
     WHERE p.partstrat = 'h' AND (k.enums OR $1::pg_catalog.bool AND k.texts)
       AND (SELECT count(*) FROM pg_catalog.pg_inherits i WHERE i.inhparent = p.partrelid) > 1 -- one takes all
    UNION
    SELECT i.inhparent, u.why FROM up u JOIN pg_catalog.pg_inherits i ON i.inhrelid = u.relid
)
SELECT c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, pg_catalog.min(u.why)
  FROM up u JOIN pg_catalog.pg_class c ON c.oid = u.relid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE NOT c.relispartition
 GROUP BY 1, 2, 3
 ORDER BY 1
