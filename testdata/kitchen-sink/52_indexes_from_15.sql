-- Since 15: NULLs that are not distinct.

CREATE UNIQUE INDEX ix_unique_nulls ON ks.indexed (id, (NULLIF(a, 0))) NULLS NOT DISTINCT;
