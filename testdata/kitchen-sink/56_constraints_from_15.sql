-- Since 15: NULLs that are not distinct, foreign keys that set some of their columns only.

CREATE TABLE ks.keys_not_distinct (id int PRIMARY KEY, n int CONSTRAINT keys_n15 UNIQUE NULLS NOT DISTINCT, CONSTRAINT keys_pair UNIQUE NULLS NOT DISTINCT (n, id) INCLUDE (id) DEFERRABLE);
INSERT INTO ks.keys_not_distinct SELECT i, nullif(i, 4) FROM generate_series(1, 1000) i;
ALTER TABLE ks.many_fks ADD CONSTRAINT fk_some_null FOREIGN KEY (b, a) REFERENCES ks.target_of_many (a, b) ON DELETE SET NULL (b),
    ADD CONSTRAINT fk_some_default FOREIGN KEY (c) REFERENCES ks.target_of_many (c) ON DELETE SET DEFAULT (c) ON UPDATE CASCADE;
