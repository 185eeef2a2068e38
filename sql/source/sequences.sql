-- Sequences outside the system schemas, those of serial and identity columns and of extensions included. All versions.
-- Their values are read from the sequences themselves: pg_sequences.last_value is NULL until the first nextval(), so it
-- cannot tell START 5 from START 7.
SELECT c.oid,
       n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       coalesce((SELECT e.extname::pg_catalog.text
                 FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
                 WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
                   AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                 LIMIT 1), ''),
       coalesce(pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false)
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S'
  AND c.relpersistence IN ('p', 'u')
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  -- NULL: dropped since the snapshot. CASE, because the function refuses what is no sequence and conditions have no order.
  AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'SELECT') IS NOT NULL END
ORDER BY c.oid
