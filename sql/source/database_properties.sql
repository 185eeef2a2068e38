-- Settings, role settings, comment and privileges of the connected database. All versions.
-- A NULL ACL is the default and gives no row; an empty ACL gives one row without a privilege.
SELECT p.kind, p.role, p.name, p.value, p.by
FROM (
  SELECT 1 AS part,
         CASE WHEN s.setrole = 0 THEN 'setting' ELSE 'role-setting' END AS kind,
         CASE WHEN s.setrole = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(s.setrole)::pg_catalog.text END AS role,
         pg_catalog.substr(u.entry, 1, pg_catalog.strpos(u.entry, '=') - 1) AS name,
         pg_catalog.substr(u.entry, pg_catalog.strpos(u.entry, '=') + 1) AS value,
         '' AS by,
         s.setrole AS major,
         u.ord
  FROM pg_catalog.pg_database d
       JOIN pg_catalog.pg_db_role_setting s ON s.setdatabase = d.oid,
       pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS u (entry, ord)
  WHERE d.datname = pg_catalog.current_database()
UNION ALL
  SELECT 2, 'comment', '', '', c.description, '', 0::pg_catalog.oid, 0
  FROM pg_catalog.pg_database d
       JOIN pg_catalog.pg_shdescription c
         ON c.objoid = d.oid AND c.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass
  WHERE d.datname = pg_catalog.current_database()
UNION ALL
  SELECT 3, 'acl',
         CASE WHEN coalesce(a.grantee, 0) = 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END,
         coalesce(a.privilege_type, ''),
         CASE WHEN a.is_grantable THEN 'grantable' ELSE '' END,
         CASE WHEN a.grantor IS NULL THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantor)::pg_catalog.text END,
         0::pg_catalog.oid,
         a.ord
  FROM pg_catalog.pg_database d
       LEFT JOIN LATERAL pg_catalog.aclexplode(d.datacl) WITH ORDINALITY
         AS a (grantor, grantee, privilege_type, is_grantable, ord) ON true
  WHERE d.datname = pg_catalog.current_database() AND d.datacl IS NOT NULL
) p
ORDER BY p.part, p.major, p.ord
