-- A key that may be NULL once.

CREATE TABLE split.one_null (id bigint UNIQUE NULLS NOT DISTINCT, pad text);
INSERT INTO split.one_null SELECT nullif(i, 7), repeat('p', 80) FROM generate_series(1, 3000) i;
