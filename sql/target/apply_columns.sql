-- The columns of a table as applying changes needs them: name, type, what may be written, and how a value is found again. The operator
-- is that of the type's default btree class for equality; "" when the type has none (json, xml, point, ...), or when that can only be known
-- of its elements, which have none.
WITH base AS (
    SELECT a.attnum, a.attname, a.atttypid, a.attgenerated, a.attidentity, a.attnotnull,
           CASE t.typtype WHEN 'd' THEN b.oid ELSE t.oid END AS base
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      LEFT JOIN LATERAL (WITH RECURSIVE d AS (
                SELECT t.typbasetype AS oid
                 UNION ALL
                SELECT x.typbasetype FROM d JOIN pg_catalog.pg_type x ON x.oid = d.oid WHERE x.typtype = 'd')
            SELECT d.oid FROM d JOIN pg_catalog.pg_type x ON x.oid = d.oid WHERE x.typtype <> 'd') b ON t.typtype = 'd'
     WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
), comparable AS (
    SELECT base.*, bt.typtype, bt.typelem,
           CASE WHEN bt.typcategory = 'A' THEN coalesce(et.oid, bt.oid) ELSE bt.oid END AS element,
           CASE WHEN bt.typcategory = 'A' THEN coalesce(et.typtype, bt.typtype) ELSE bt.typtype END AS element_kind
      FROM base JOIN pg_catalog.pg_type bt ON bt.oid = base.base
      LEFT JOIN pg_catalog.pg_type et ON et.oid = bt.typelem AND bt.typcategory = 'A'
)
SELECT c.attname::text, pg_catalog.format_type(c.atttypid, NULL), c.attgenerated::text, c.attidentity::text, c.attnotnull,
       coalesce(CASE
           WHEN c.element_kind IN ('e','r','m') THEN 'pg_catalog'
           WHEN c.element_kind = 'c' THEN NULL
           WHEN eq.schema IS NULL THEN NULL
           WHEN c.element <> c.base THEN 'pg_catalog'
           ELSE eq.schema END, '')
  FROM comparable c
  LEFT JOIN LATERAL (
       SELECT n.nspname::text AS schema
         FROM pg_catalog.pg_opclass o
         JOIN pg_catalog.pg_am m ON m.oid = o.opcmethod AND m.amname = 'btree'
         JOIN pg_catalog.pg_amop p ON p.amopfamily = o.opcfamily AND p.amoplefttype = o.opcintype AND p.amoprighttype = o.opcintype AND p.amopstrategy = 3
         JOIN pg_catalog.pg_operator op ON op.oid = p.amopopr AND op.oprname = '='
         JOIN pg_catalog.pg_namespace n ON n.oid = op.oprnamespace
        WHERE o.opcdefault
          AND (o.opcintype = c.element
               OR EXISTS (SELECT 1 FROM pg_catalog.pg_cast k WHERE k.castsource = c.element AND k.casttarget = o.opcintype AND k.castmethod = 'b'
                                                              AND k.castcontext = 'i'))
        ORDER BY (o.opcintype = c.element) DESC
        LIMIT 1) eq ON true
 ORDER BY c.attnum
