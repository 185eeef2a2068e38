-- Sequences: owned, shared, of nobody, never called, at an end, going down, of each integer type.

CREATE SEQUENCE ks.never_called START 42;
CREATE SEQUENCE ks.called_once START 42;
SELECT nextval('ks.called_once');
CREATE SEQUENCE ks.set_not_called;
SELECT setval('ks.set_not_called', 77, false);
CREATE SEQUENCE ks.odd_increment INCREMENT 13 MINVALUE -100 MAXVALUE 1000 START -99 CACHE 20 CYCLE;
SELECT nextval('ks.odd_increment') FROM generate_series(1, 5);
CREATE SEQUENCE ks.going_down INCREMENT -3 MINVALUE -1000 MAXVALUE -1 START -1;
SELECT nextval('ks.going_down') FROM generate_series(1, 10);
CREATE SEQUENCE ks.at_its_end MAXVALUE 5;
SELECT nextval('ks.at_its_end') FROM generate_series(1, 5);
CREATE SEQUENCE ks.int8_end;
SELECT setval('ks.int8_end', 9223372036854775807, true);
CREATE SEQUENCE ks.int8_low AS bigint MINVALUE -9223372036854775808 START -9223372036854775808;
SELECT setval('ks.int8_low', -9223372036854775808, true);
CREATE SEQUENCE ks.small_one AS smallint START 32000;
SELECT nextval('ks.small_one');
CREATE SEQUENCE ks.int_one AS integer;
SELECT setval('ks.int_one', 2147483647);
COMMENT ON SEQUENCE ks.never_called IS 'a sequence';
ALTER SEQUENCE ks.called_once OWNER TO "ks Quoted.Role";
GRANT USAGE ON SEQUENCE ks.called_once TO ks_reader WITH GRANT OPTION;

-- One sequence feeds two tables; one is owned by a column that does not use it, in a table of another schema.
CREATE SEQUENCE ks.shared_ids;
CREATE TABLE ks.shares_1 (id bigint DEFAULT nextval('ks.shared_ids') PRIMARY KEY, v text);
CREATE TABLE ks.shares_2 (id bigint DEFAULT nextval('ks.shared_ids') PRIMARY KEY, v text);
INSERT INTO ks.shares_1 (v) SELECT 'one' FROM generate_series(1, 30);
INSERT INTO ks.shares_2 (v) SELECT 'two' FROM generate_series(1, 30);
CREATE SEQUENCE ks.owned_elsewhere OWNED BY ks.shares_1.v;
SELECT nextval('ks.owned_elsewhere');
CREATE TABLE ks.uses_foreign_owner (id int DEFAULT nextval('ks.owned_elsewhere'));
INSERT INTO ks.uses_foreign_owner DEFAULT VALUES;
-- A serial column whose default was dropped, and one whose sequence was renamed, restarted and given another type.
CREATE TABLE ks.serial_changed (a serial, b serial);
INSERT INTO ks.serial_changed SELECT FROM generate_series(1, 9);
ALTER TABLE ks.serial_changed ALTER a DROP DEFAULT;
ALTER SEQUENCE ks.serial_changed_b_seq RENAME TO "Renamed Seq";
ALTER SEQUENCE ks."Renamed Seq" AS bigint RESTART WITH 500 INCREMENT 2 MAXVALUE 99999999999;
