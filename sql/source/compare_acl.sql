-- Who may do what with a relation, but for MAINTAIN, which servers before 17 do not have. All versions.
SELECT coalesce(pg_catalog.string_agg(g.line, E'\n' ORDER BY g.line COLLATE "C"), '')
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
       LATERAL (SELECT pg_catalog.format('%s %s %s %s', CASE a.grantee WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(a.grantee) END, a.privilege_type,
                                         a.is_grantable, pg_catalog.pg_get_userbyid(a.grantor)) AS line
                  FROM pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 'S' ELSE 'r' END::"char", c.relowner))) a
                 WHERE a.privilege_type <> 'MAINTAIN') g
 WHERE n.nspname = $1 AND c.relname = $2
