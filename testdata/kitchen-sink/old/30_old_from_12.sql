-- Since 12: generated columns, foreign keys to partitioned tables, table access methods, MCV statistics.

CREATE TABLE ks.generated (g int GENERATED ALWAYS AS (a + 1) STORED, a int, t text GENERATED ALWAYS AS (upper(b)) STORED, b text);
INSERT INTO ks.generated (a, b) SELECT i, 'b' || i FROM generate_series(1, 100) i;
CREATE TABLE ks.to_hash (id int PRIMARY KEY, h int REFERENCES ks.by_hash);
INSERT INTO ks.to_hash SELECT i, i FROM generate_series(1, 500) i;
CREATE ACCESS METHOD ks_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE ks.other_am (id int PRIMARY KEY) USING ks_heap;
INSERT INTO ks.other_am SELECT generate_series(1, 100);
CREATE STATISTICS ks.stat_mcv (mcv) ON c, v FROM ks.types;
