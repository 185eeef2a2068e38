-- Relations that the entries of a filter mean, and what is part of them: the partitions of partitioned tables at every level, the
-- indexes of partitions below those of their parents. What an entry names itself comes first. All versions.
-- $1 to $4: schema, whether that is a regular expression, name, whether that is one; an element of each for an entry. $5: the
-- kinds (pg_class.relkind) that entries may name. $6: configuration tables of extensions count too, other members never do.
-- An entry of regular expressions reads the relations once, all of them before the next entry begins: the server keeps some 32
-- compiled expressions only.
WITH RECURSIVE entry AS (
  SELECT e.n, e.schema, e.schema_re, e.name, e.name_re
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.bool[]),
                  pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.bool[]))
       WITH ORDINALITY AS e (schema, schema_re, name, name_re, n)
), rel AS (
  SELECT c.oid, c.relkind, n.nspname, c.relname
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind::pg_catalog.text = ANY ($5::pg_catalog.text[])
    AND c.relpersistence IN ('p', 'u')
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (NOT EXISTS (
           SELECT 1 FROM pg_catalog.pg_depend d
           WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
         OR ($6::pg_catalog.bool AND c.oid IN (SELECT pg_catalog.unnest(e.extconfig) FROM pg_catalog.pg_extension e)))
), named AS (
  SELECT entry.n, rel.oid, rel.relkind
  FROM entry JOIN rel ON rel.nspname = entry.schema::pg_catalog.name AND rel.relname = entry.name::pg_catalog.name
  WHERE NOT entry.schema_re AND NOT entry.name_re
  UNION ALL
  SELECT entry.n, x.oid, x.relkind
  FROM entry
       CROSS JOIN LATERAL (
         SELECT rel.oid, rel.relkind FROM rel
         WHERE CASE WHEN entry.schema_re THEN rel.nspname::pg_catalog.text ~ entry.schema COLLATE pg_catalog."default"
                    ELSE rel.nspname = entry.schema::pg_catalog.name END
           AND CASE WHEN entry.name_re THEN rel.relname::pg_catalog.text ~ entry.name COLLATE pg_catalog."default"
                    ELSE rel.relname = entry.name::pg_catalog.name END
         OFFSET 0
       ) x
  WHERE entry.schema_re OR entry.name_re
), tree (n, oid, relkind, parent) AS (
  SELECT named.n, named.oid, named.relkind, 0::pg_catalog.oid FROM named
  UNION
  SELECT tree.n, c.oid, c.relkind, tree.oid
  FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
  WHERE tree.relkind IN ('p', 'I')
)
SELECT tree.n,
       tree.oid,
       tree.relkind::pg_catalog.text,
       n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       coalesce((SELECT k.oid
                 FROM pg_catalog.pg_index x JOIN pg_catalog.pg_constraint k ON k.conrelid = x.indrelid AND k.conindid = x.indexrelid
                 WHERE x.indexrelid = tree.oid AND k.contype IN ('p', 'u', 'x')
                 LIMIT 1), 0)::pg_catalog.oid,
       tree.parent <> 0,
       coalesce(pn.nspname::pg_catalog.text, ''),
       coalesce(p.relname::pg_catalog.text, ''),
       -- a part of something that no entry names
       tree.parent = 0 AND p.oid IS NOT NULL AND p.oid NOT IN (SELECT up.oid FROM tree up)
FROM tree
     JOIN pg_catalog.pg_class c ON c.oid = tree.oid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN LATERAL (
       SELECT up.oid, up.relname, up.relnamespace
       FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class up ON up.oid = i.inhparent AND up.relkind IN ('p', 'I')
       WHERE i.inhrelid = tree.oid
       LIMIT 1
     ) p ON true
     LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
ORDER BY tree.parent <> 0, tree.n, tree.oid
