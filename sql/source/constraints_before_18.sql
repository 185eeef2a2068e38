-- Constraints of the tables that Tables reports. A foreign key that a partition has from its parent is left
-- out: it comes with the parent's. Servers 11 to 17: no WITHOUT OVERLAPS, and NOT NULL has no constraint.
SELECT k.oid,
       k.conrelid,
       k.conindid,
       k.confrelid,
       k.conname::pg_catalog.text,
       k.contype::pg_catalog.text,
       coalesce(pg_catalog.pg_get_constraintdef(k.oid), ''),
       k.condeferrable,
       k.condeferred,
       k.convalidated,
       false
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm')
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT (k.contype = 'f' AND k.conparentid <> 0)
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid AND d.deptype = 'e')
ORDER BY k.conrelid, k.oid
