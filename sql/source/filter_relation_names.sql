-- What somebody may have meant who named a relation that is not there: all of them with their kinds and the extension they are
-- members of. Bounded, since it is only for advice. All versions.
SELECT n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       c.relkind::pg_catalog.text,
       coalesce((SELECT e.extname::pg_catalog.text
                 FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                 LIMIT 1), '')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I')
  AND n.nspname !~ '^pg_toast'
ORDER BY c.oid DESC
LIMIT 200000
