-- Since 14: BRIN's operator classes with parameters, columns beside the key in SP-GiST, extended statistics on
-- expressions.

CREATE INDEX ix_spgist_include ON ks.indexed USING spgist (ip) INCLUDE (a);
CREATE INDEX ix_brin ON ks.indexed USING brin (at, a int4_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 2, autosummarize = on);
CREATE INDEX ix_brin_bloom ON ks.indexed USING brin (b text_bloom_ops (n_distinct_per_range = 50, false_positive_rate = 0.05));
CREATE STATISTICS ks."Stat Expr" ON (a + 1), lower(b), c FROM ks.indexed;
CREATE STATISTICS ks.stat_one_expr ON (a % 10) FROM ks.indexed;
