-- Gives the table $1.$2 the statistics of a server of version $3: $4 rows, and those of its columns and of the expressions of its indexes in the arrays.
-- $5: it was loaded with COPY (FREEZE), so that every page is visible to all. The table's pages are those that it has here: what the planner takes from
-- the source is how many rows there are. $23: the transaction is to be on the disk before the answer. True when all was taken. Versions 18 and newer.
SELECT pg_catalog.bool_and(d.done)
  FROM (SELECT pg_catalog.set_config('synchronous_commit', 'off', true) IS NOT NULL WHERE NOT $23::pg_catalog.bool
        UNION ALL
        SELECT pg_catalog.pg_restore_relation_stats('schemaname', $1::pg_catalog.text, 'relname', $2::pg_catalog.text, 'version', $3::pg_catalog.int4,
                   'reltuples', $4::pg_catalog.float4, 'relpages', f.pages,
                   'relallvisible', CASE WHEN $5::pg_catalog.bool THEN f.pages END, 'relallfrozen', CASE WHEN $5 THEN f.pages END)
          FROM (SELECT CASE WHEN c.relkind <> 'p' THEN (pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8)::pg_catalog.int4 END
                  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                 WHERE n.nspname = $1::pg_catalog.text AND c.relname = $2::pg_catalog.text) f (pages)
        UNION ALL
        SELECT pg_catalog.pg_restore_attribute_stats('schemaname', $1, 'relname', coalesce(NULLIF(u.index, ''), $2), 'version', $3,
                   'attname', CASE WHEN u.index = '' THEN u.col END, 'attnum', CASE WHEN u.index <> '' THEN u.num END, 'inherited', u.inherited,
                   'null_frac', u.f1::pg_catalog.float4, 'avg_width', u.f2::pg_catalog.int4, 'n_distinct', u.f3::pg_catalog.float4,
                   'most_common_vals', u.f4, 'most_common_freqs', u.f5::pg_catalog.float4[], 'histogram_bounds', u.f6, 'correlation', u.f7::pg_catalog.float4,
                   'most_common_elems', u.f8, 'most_common_elem_freqs', u.f9::pg_catalog.float4[], 'elem_count_histogram', u.f10::pg_catalog.float4[],
                   'range_length_histogram', u.f11, 'range_empty_frac', u.f12::pg_catalog.float4, 'range_bounds_histogram', u.f13)
          FROM ROWS FROM (pg_catalog.unnest($6::pg_catalog.text[]), pg_catalog.unnest($7::pg_catalog.text[]), pg_catalog.unnest($8::pg_catalog.int2[]),
                   pg_catalog.unnest($9::pg_catalog.bool[]), pg_catalog.unnest($10::pg_catalog.text[]), pg_catalog.unnest($11::pg_catalog.text[]),
                   pg_catalog.unnest($12::pg_catalog.text[]), pg_catalog.unnest($13::pg_catalog.text[]), pg_catalog.unnest($14::pg_catalog.text[]),
                   pg_catalog.unnest($15::pg_catalog.text[]), pg_catalog.unnest($16::pg_catalog.text[]), pg_catalog.unnest($17::pg_catalog.text[]),
                   pg_catalog.unnest($18::pg_catalog.text[]), pg_catalog.unnest($19::pg_catalog.text[]), pg_catalog.unnest($20::pg_catalog.text[]),
                   pg_catalog.unnest($21::pg_catalog.text[]), pg_catalog.unnest($22::pg_catalog.text[]))
               u (index, col, num, inherited, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13)) d (done)
