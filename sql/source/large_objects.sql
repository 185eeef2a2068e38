-- Owner, comment and privileges of the large objects from $1 to $2; one row a grant. All versions.
-- A comment on a large object hangs on pg_largeobject, not on pg_largeobject_metadata.
SELECT m.oid,
       pg_catalog.pg_get_userbyid(m.lomowner)::pg_catalog.text,
       (SELECT d.description FROM pg_catalog.pg_description d
        WHERE d.objoid = m.oid AND d.classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND d.objsubid = 0),
       m.lomacl IS NOT NULL,
       a.privilege_type,
       CASE WHEN a.grantee = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END,
       pg_catalog.pg_get_userbyid(a.grantor)::pg_catalog.text,
       a.is_grantable
FROM pg_catalog.pg_largeobject_metadata m
     LEFT JOIN LATERAL pg_catalog.aclexplode(m.lomacl) WITH ORDINALITY
       AS a (grantor, grantee, privilege_type, is_grantable, ord) ON true
WHERE m.oid BETWEEN $1::pg_catalog.oid AND $2::pg_catalog.oid
ORDER BY m.oid, a.ord
