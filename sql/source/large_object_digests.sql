-- A digest of each large object in a range of OIDs, both ends included.
SELECT m.oid, pg_catalog.md5(pg_catalog.lo_get(m.oid))
  FROM pg_catalog.pg_largeobject_metadata m
 WHERE m.oid BETWEEN $1 AND $2
 ORDER BY m.oid
