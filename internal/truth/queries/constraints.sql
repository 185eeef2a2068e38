SELECT CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('constraint %I on %I.%I', k.conname, n.nspname, c.relname)
            ELSE pg_catalog.format('constraint %I on domain %I.%I', k.conname, n.nspname, t.typname) END,
       k.contype AS kind,
       k.convalidated AS validated,
       k.condeferrable AS deferrable,
       k.condeferred AS deferred,
       CASE WHEN k.contype = 'c' THEN k.connoinherit END AS no_inherit,
       k.conislocal AS local,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       pg_catalog.obj_description(k.oid, 'pg_constraint') AS comment
  FROM pg_catalog.pg_constraint k
  LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
  JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
 WHERE k.contype NOT IN ('n', 't') -- NOT NULL is a column's (and a constraint from 18 on), triggers have a query of their own
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
