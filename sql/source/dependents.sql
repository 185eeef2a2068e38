-- What needs one of the relations $1, directly or by way of others: catalog, object, whether it is a sequence that one of them owns (it can do
-- without), and one of the relations that it needs. A default counts as its table, whose definition may hold it. All versions.
WITH RECURSIVE needy (classid, objid, owned, root) AS (
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, r.oid, false, r.oid
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r (oid)
  UNION
  SELECT x.classid, x.objid, x.owned, needy.root
  FROM needy
       JOIN pg_catalog.pg_depend d ON d.refclassid = needy.classid AND d.refobjid = needy.objid AND d.deptype NOT IN ('e', 'p')
       CROSS JOIN LATERAL (
         SELECT d.classid, d.objid,
                d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'a'
                  AND EXISTS (SELECT 1 FROM pg_catalog.pg_class s WHERE s.oid = d.objid AND s.relkind = 'S') AS owned
         UNION ALL
         SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, w.ev_class, false
         FROM pg_catalog.pg_rewrite w
         WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid AND w.rulename = '_RETURN'
         UNION ALL
         SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, f.adrelid, false
         FROM pg_catalog.pg_attrdef f
         WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND f.oid = d.objid
       ) x
  WHERE NOT needy.owned
)
SELECT needy.classid, needy.objid, pg_catalog.bool_and(needy.owned), pg_catalog.min(needy.root)
FROM needy
WHERE NOT (needy.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND needy.objid = ANY ($1::pg_catalog.oid[]))
GROUP BY needy.classid, needy.objid
ORDER BY needy.classid, needy.objid
