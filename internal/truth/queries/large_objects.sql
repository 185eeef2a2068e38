-- Content is compared as a reader sees it, in pieces of 1 MB: a hole and zeros are the same.
SELECT 'large object ' || m.oid,
       pg_catalog.pg_get_userbyid(m.lomowner) AS owner,
       (SELECT pg_catalog.string_agg(g, ', ' ORDER BY g)
          FROM (SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee) END
                       || ' ' || a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END
                       || ' by ' || pg_catalog.pg_get_userbyid(a.grantor) AS g
                  FROM pg_catalog.aclexplode(coalesce(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) a) l) AS privileges,
       pg_catalog.obj_description(m.oid, 'pg_largeobject') AS comment,
       s.size,
       (SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(pg_catalog.md5(pg_catalog.lo_get(m.oid, p.at, 1048576)), '' ORDER BY p.at), ''))
          FROM pg_catalog.generate_series(0, s.size - 1, 1048576) AS p (at)) AS md5
  FROM pg_catalog.pg_largeobject_metadata m,
       LATERAL (SELECT coalesce((SELECT l.pageno::bigint * 2048 + pg_catalog.length(l.data)
                                   FROM pg_catalog.pg_largeobject l
                                  WHERE l.loid = m.oid ORDER BY l.pageno DESC LIMIT 1), 0) AS size) s
