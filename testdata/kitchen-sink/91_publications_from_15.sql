-- Since 15: publications of some columns and rows, and of schemas.

CREATE PUBLICATION "ks Filtered" FOR TABLE ks.orders (orders, t) WHERE (orders > 10 AND t <> 'it''s'), ks.refers_to_lo, ONLY ks.parent (id) WITH (publish = 'insert');
ALTER PUBLICATION ks_partitions SET TABLE ks.by_range WHERE (id > 0);
CREATE PUBLICATION ks_schemas FOR TABLES IN SCHEMA "dot.ted.name", split, TABLE public.orders WITH (publish = 'insert');
COMMENT ON PUBLICATION "ks Filtered" IS 'a publication';
ALTER PUBLICATION "ks Filtered" OWNER TO CURRENT_USER;
