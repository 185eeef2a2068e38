-- Configuration tables and sequences of extensions, referenced tables before referencing ones. All versions.
-- The recursion is UNION, not UNION ALL, and its depth is at most the number of relations: a cycle of foreign keys ends too.
WITH RECURSIVE config (extoid, reloid, condition, ord) AS (
  SELECT e.oid, u.reloid, u.condition, u.ord
  FROM pg_catalog.pg_extension e,
       ROWS FROM (pg_catalog.unnest(e.extconfig), pg_catalog.unnest(e.extcondition))
         WITH ORDINALITY AS u (reloid, condition, ord)
), refs (child, parent) AS (
  SELECT DISTINCT k.conrelid, k.confrelid
  FROM pg_catalog.pg_constraint k
  WHERE k.contype = 'f' AND k.conrelid <> k.confrelid
    AND k.conrelid IN (SELECT config.reloid FROM config)
    AND k.confrelid IN (SELECT config.reloid FROM config)
), depths (reloid, depth) AS (
  SELECT config.reloid, 0 FROM config
  UNION
  SELECT refs.child, depths.depth + 1
  FROM depths JOIN refs ON refs.parent = depths.reloid
  WHERE depths.depth < (SELECT pg_catalog.count(*) FROM config)
)
SELECT config.extoid,
       config.reloid,
       n.nspname::pg_catalog.text,
       c.relname::pg_catalog.text,
       c.relkind::pg_catalog.text,
       coalesce(config.condition, ''),
       (SELECT pg_catalog.max(depths.depth) FROM depths WHERE depths.reloid = config.reloid)::pg_catalog.int4 AS depth
FROM config
     JOIN pg_catalog.pg_class c ON c.oid = config.reloid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'S')
ORDER BY depth, config.extoid, config.ord
