-- Valid indexes, and those of partitioned tables whether valid or not.
SELECT pg_catalog.format('index %I.%I', n.nspname, c.relname),
       pg_catalog.format('%I.%I', tn.nspname, t.relname) AS on_table,
       i.indisvalid AS valid,
       i.indisready AS ready,
       i.indislive AS live,
       i.indisclustered AS clustered,
       i.indisreplident AS replica_identity,
       i.indisunique AS is_unique,
       i.indisprimary AS is_primary,
       i.indisexclusion AS exclusion,
       i.indimmediate AS immediate,
       pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
       coalesce(s.spcname, '(default)') AS tablespace,
       (SELECT pg_catalog.format('%I.%I', pn.nspname, p.relname)
          FROM pg_catalog.pg_inherits h
          JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
          JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
         WHERE h.inhrelid = i.indexrelid) AS attached_to,
       (SELECT pg_catalog.string_agg(a.attnum || ':' || a.attstattarget, ' ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid AND a.attstattarget >= 0) AS statistics_targets,
       (SELECT k.conname FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS of_constraint,
       pg_catalog.obj_description(i.indexrelid, 'pg_class') AS comment
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
 WHERE (i.indisvalid OR c.relkind = 'I')
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = t.oid AND d.deptype = 'e')
