-- What the planner knows of the tables $1[i].$2[i], and of the expressions of their indexes: a row for every column that ANALYZE would look at, with
-- nothing from pg_stats where it has not. OFFSET 0: without it the planner makes a join of the view, all of it for every column. Versions 17 and newer.
SELECT r.n::pg_catalog.int4, r.relkind::pg_catalog.text, r.reltuples, r.extended, r.index, a.attname::pg_catalog.text, a.attnum, a.attcollation = 100,
       s.inherited, s.null_frac::pg_catalog.text, s.avg_width::pg_catalog.text, s.n_distinct::pg_catalog.text, s.most_common_vals::pg_catalog.text,
       s.most_common_freqs::pg_catalog.text, s.histogram_bounds::pg_catalog.text, s.correlation::pg_catalog.text, s.most_common_elems::pg_catalog.text,
       s.most_common_elem_freqs::pg_catalog.text, s.elem_count_histogram::pg_catalog.text, s.range_length_histogram::pg_catalog.text,
       s.range_empty_frac::pg_catalog.text, s.range_bounds_histogram::pg_catalog.text
  FROM (WITH t AS (
            SELECT u.n, c.oid, c.relname, u.schema, c.relkind, c.reltuples,
                   EXISTS (SELECT FROM pg_catalog.pg_statistic_ext e WHERE e.stxrelid = c.oid) AS extended
              FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) WITH ORDINALITY AS u (schema, rel, n)
                   JOIN pg_catalog.pg_namespace n ON n.nspname = u.schema
                   JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = u.rel)
        SELECT t.n, t.oid, t.schema, t.relname, t.relkind, t.reltuples, t.extended, '' AS index, NULL::pg_catalog.int2vector AS keys FROM t
         UNION ALL
        SELECT t.n, x.oid, t.schema, x.relname, x.relkind, t.reltuples, t.extended, x.relname::pg_catalog.text, i.indkey
          FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid AND i.indexprs IS NOT NULL
               JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i') r
       JOIN pg_catalog.pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget IS DISTINCT FROM 0
            AND (r.keys IS NULL OR r.keys[a.attnum - 1] = 0)
            AND a.attgenerated <> 'v'
       LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_stats p WHERE p.schemaname = r.schema AND p.tablename = r.relname AND p.attname = a.attname OFFSET 0) s ON true
 ORDER BY r.n, r.index, a.attnum, s.inherited
