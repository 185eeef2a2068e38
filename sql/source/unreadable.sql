-- What the connected role cannot read in full: relations whose rows or state the copy needs. All versions.
-- row_security_active() says so whatever row_security is set to. Configuration tables of extensions count, other members do not.
SELECT c.oid,
       c.relkind::pg_catalog.text,
       coalesce((SELECT d.refobjid FROM pg_catalog.pg_depend d
                 WHERE c.relkind = 'S' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                   AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                 LIMIT 1), 0)::pg_catalog.oid,
       n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       CASE WHEN NOT p.usage THEN 'schema' WHEN NOT p.readable THEN 'privilege' ELSE 'row-security' END
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (
       SELECT coalesce(pg_catalog.has_schema_privilege(n.oid, 'USAGE'), true) AS usage,
              coalesce(CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
                            ELSE pg_catalog.has_table_privilege(c.oid, 'SELECT') END, true) AS readable,
              CASE WHEN c.relkind = 'r' THEN pg_catalog.row_security_active(c.oid) ELSE false END AS filtered
     ) p
WHERE c.relkind IN ('r', 'p', 'S')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND (NOT p.usage OR NOT p.readable OR p.filtered)
  AND (NOT EXISTS (
         SELECT 1 FROM pg_catalog.pg_depend d
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
       OR c.oid IN (SELECT pg_catalog.unnest(e.extconfig) FROM pg_catalog.pg_extension e))
ORDER BY n.nspname, c.relname
