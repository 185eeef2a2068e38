-- Who else than the owner may make things in a tablespace, in the order of their grants. PUBLIC is ''.
SELECT t.spcname::text, coalesce(r.rolname::text, ''), bool_or(a.is_grantable)
  FROM pg_catalog.pg_tablespace t
 CROSS JOIN LATERAL pg_catalog.aclexplode(t.spcacl) a
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
 WHERE a.privilege_type = 'CREATE' AND a.grantee <> t.spcowner AND (a.grantee = 0 OR r.oid IS NOT NULL)
 GROUP BY 1, 2
 ORDER BY 1, 2
