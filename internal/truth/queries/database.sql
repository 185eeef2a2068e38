-- The owner of a database is that of whoever created it: it stands as (owner) here.
SELECT 'database',
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT pg_catalog.string_agg(g, ', ' ORDER BY g)
          FROM (SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' WHEN a.grantee = d.datdba THEN '(owner)' ELSE pg_catalog.pg_get_userbyid(a.grantee) END
                       || ' ' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END || ' by '
                       || CASE WHEN a.grantor = d.datdba THEN '(owner)' ELSE pg_catalog.pg_get_userbyid(a.grantor) END AS g
                  FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a) l) AS privileges
  FROM pg_catalog.pg_database d
 WHERE d.datname = pg_catalog.current_database()
