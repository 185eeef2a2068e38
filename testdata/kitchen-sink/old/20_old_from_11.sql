-- Since 11: procedures, keys and indexes of partitioned tables, default and hash partitions, columns beside the key.

CREATE PROCEDURE ks.procedure(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := a + 1; COMMIT; END';
CREATE TABLE ks.by_hash (id int PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE ks.by_hash_0 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE ks.by_hash_1 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX by_hash_v ON ks.by_hash (v) INCLUDE (id);
CREATE TRIGGER after_row AFTER INSERT ON ks.by_hash FOR EACH ROW EXECUTE PROCEDURE ks.note();
INSERT INTO ks.by_hash SELECT i, 'v' || i FROM generate_series(1, 1000) i;
CREATE TABLE ks.by_range_rest PARTITION OF ks.by_range_new DEFAULT;
INSERT INTO ks.by_range VALUES (-1, '2030-01-01', 'rest');
CREATE INDEX by_range_at ON ks.by_range (at);
ALTER INDEX ks.ix_expr ALTER COLUMN 1 SET STATISTICS 400;
