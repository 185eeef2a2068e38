-- How many large objects the connected role may not read, and the first. The check lo_get() makes, since there is no
-- function for it before 18 (pg_largeobject_aclmask_snapshot in src/backend/catalog/aclchk.c). All versions.
SELECT pg_catalog.count(*), coalesce(pg_catalog.min(m.oid), 0::pg_catalog.oid)
FROM pg_catalog.pg_largeobject_metadata m
WHERE pg_catalog.current_setting('lo_compat_privileges') = 'off'
  AND NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)
  AND NOT EXISTS (
    SELECT 1
    FROM pg_catalog.aclexplode(coalesce(m.lomacl, pg_catalog.acldefault('L', m.lomowner))) a
    WHERE a.privilege_type = 'SELECT'
      AND (a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE')))
