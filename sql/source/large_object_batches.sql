-- Large objects cut into ranges of $1 objects each. All versions.
SELECT o.batch + 1, pg_catalog.min(o.oid), pg_catalog.max(o.oid), pg_catalog.count(*)
FROM (SELECT m.oid, (pg_catalog.row_number() OVER (ORDER BY m.oid) - 1) / $1::pg_catalog.int8 AS batch
      FROM pg_catalog.pg_largeobject_metadata m) o
GROUP BY o.batch
ORDER BY o.batch
