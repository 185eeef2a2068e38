-- What the indexes of constraints need beside their table: operator classes, collations, functions and, for members of extensions, the
-- extension. pg_dump knows it of the index, which is no entry of its own in the archive, and does not tell it of the constraint. All versions.
SELECT DISTINCT k.oid, coalesce(e.refclassid, d.refclassid), coalesce(e.refobjid, d.refobjid)
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = k.conindid
     LEFT JOIN pg_catalog.pg_depend e ON e.classid = d.refclassid AND e.objid = d.refobjid AND e.deptype = 'e'
WHERE k.contype IN ('p', 'u', 'x')
  AND d.refclassid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass)
ORDER BY 1, 2, 3
