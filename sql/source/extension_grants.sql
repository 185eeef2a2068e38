-- Members of extensions on which somebody has granted or revoked something, as the tags of pg_dump's ACL entries begin: those
-- entries name their object by nothing else. A tag that ends with ( or . goes on with arguments or a column. All versions.
SELECT d.refobjid, m.schema, m.tag
FROM (
  SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid AS classid, p.oid, n.nspname::pg_catalog.text AS schema,
         w.word || ' ' || q.name || '(' AS tag
  FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
       CROSS JOIN (VALUES ('FUNCTION'), ('PROCEDURE')) w (word)
       CROSS JOIN LATERAL (VALUES (p.proname::pg_catalog.text), (pg_catalog.quote_ident(p.proname::pg_catalog.text))) q (name)
  WHERE p.proacl IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, n.nspname, w.word || q.name || w.ends
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       CROSS JOIN (VALUES ('TABLE ', ''), ('SEQUENCE ', ''), ('COLUMN ', '.')) w (word, ends)
       CROSS JOIN LATERAL (VALUES (c.relname::pg_catalog.text), (pg_catalog.quote_ident(c.relname::pg_catalog.text))) q (name)
  WHERE c.relacl IS NOT NULL OR EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)
  UNION ALL
  SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, n.nspname, w.word || q.name
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       CROSS JOIN (VALUES ('TYPE '), ('DOMAIN ')) w (word)
       CROSS JOIN LATERAL (VALUES (t.typname::pg_catalog.text), (pg_catalog.quote_ident(t.typname::pg_catalog.text))) q (name)
  WHERE t.typacl IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, '', 'LANGUAGE ' || pg_catalog.quote_ident(l.lanname::pg_catalog.text)
  FROM pg_catalog.pg_language l WHERE l.lanacl IS NOT NULL
  UNION ALL
  SELECT 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass, w.oid, '', 'FOREIGN DATA WRAPPER ' || pg_catalog.quote_ident(w.fdwname::pg_catalog.text)
  FROM pg_catalog.pg_foreign_data_wrapper w WHERE w.fdwacl IS NOT NULL
) m
     JOIN pg_catalog.pg_depend d ON d.classid = m.classid AND d.objid = m.oid AND d.deptype = 'e'
                                AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
ORDER BY d.refobjid, m.schema, m.tag
