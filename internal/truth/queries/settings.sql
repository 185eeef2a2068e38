-- ALTER DATABASE ... SET and ALTER ROLE ... IN DATABASE ... SET.
SELECT pg_catalog.format('setting of role %s in the database: %s', coalesce(pg_catalog.quote_ident(r.rolname), '(any)'), pg_catalog.split_part(c, '=', 1)),
       pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
  FROM pg_catalog.pg_db_role_setting s
  JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase AND d.datname = pg_catalog.current_database()
  LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole,
       pg_catalog.unnest(s.setconfig) c
