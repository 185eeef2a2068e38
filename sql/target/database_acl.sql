-- Owner and privileges of the database $1, the default ones spelled out; one row a grant, one without any when there are none.
SELECT pg_catalog.pg_get_userbyid(d.datdba)::pg_catalog.text,
       coalesce(a.privilege_type, ''),
       CASE WHEN coalesce(a.grantee, 0) = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END,
       CASE WHEN a.grantor IS NULL THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantor)::pg_catalog.text END,
       coalesce(a.is_grantable, false)
FROM pg_catalog.pg_database d
     LEFT JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) WITH ORDINALITY
       AS a (grantor, grantee, privilege_type, is_grantable, ord) ON true
WHERE d.datname = $1
ORDER BY a.ord
