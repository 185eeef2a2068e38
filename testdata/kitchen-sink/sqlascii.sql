-- For a database of encoding SQL_ASCII, which takes any byte but zero and knows no letters. This file is pure ASCII and
-- is sent with client_encoding SQL_ASCII; the high bytes come from escapes. No conversion exists from or to this
-- encoding: whoever asks for UTF-8 gets errors or other bytes.

CREATE TABLE bytes (id int PRIMARY KEY, t text, v varchar(20), c char(4), n name, a text[], j json);
-- Each byte on its own, none of them valid UTF-8 above 7f.
INSERT INTO bytes (id, t) SELECT i, convert_from(set_byte('\x00', 0, i), 'SQL_ASCII') FROM generate_series(1, 255) i;
INSERT INTO bytes (id, t) SELECT 256, string_agg(convert_from(set_byte('\x00', 0, i), 'SQL_ASCII'), '' ORDER BY i) FROM generate_series(1, 255) i;
-- LATIN1, UTF-8, half a UTF-8 character, Shift-JIS whose second byte is a backslash, an overlong zero.
INSERT INTO bytes VALUES
    (300, E'caf\xe9', E'caf\xe9', E'\xe9', E'n\xe9', ARRAY[E'\xe9', NULL, E'\xff,"\\'], E'{"k\xe9" : "\xff"}'),
    (301, E'caf\xc3\xa9', E'\xc3\xa9', E'\xc3\xa9', E'\xc3\xa9', '{}', '{}'),
    (302, E'cut \xe6\xbc', E'\xe6', E'\xe6\xbc', NULL, NULL, NULL),
    (303, E'\x83\x5c\x95\x5c', NULL, NULL, NULL, NULL, NULL),
    (304, E'\xc0\x80\xf8\x88\x80\x80\x80\xfe\xff', NULL, NULL, NULL, NULL, NULL);
INSERT INTO bytes (id, t) SELECT 1000 + i, repeat(convert_from(set_byte('\x00', 0, 128 + i % 128), 'SQL_ASCII'), 100) || i FROM generate_series(1, 3000) i;
CREATE INDEX bytes_t ON bytes (t);
CREATE TABLE other (id int PRIMARY KEY, t text DEFAULT E'd\xe9faut');
INSERT INTO other SELECT i FROM generate_series(1, 100) i;
DO $$
BEGIN
    -- Names in LATIN1 and in UTF-8 side by side: what years of clients with different encodings leave behind.
    EXECUTE E'CREATE SCHEMA "sch\xe9ma"';
    EXECUTE E'CREATE TABLE "sch\xe9ma"."t\xe2ble" ("cl\xe9" int PRIMARY KEY, v text)';
    EXECUTE E'INSERT INTO "sch\xe9ma"."t\xe2ble" SELECT i, ''v'' FROM generate_series(1, 100) i';
    EXECUTE E'CREATE TABLE "sch\xc3\xa9ma utf8" (id int PRIMARY KEY)';
    EXECUTE E'INSERT INTO "sch\xc3\xa9ma utf8" SELECT generate_series(1, 10)';
    EXECUTE E'CREATE SEQUENCE "s\xe9q" START 9';
    EXECUTE E'COMMENT ON TABLE "sch\xe9ma"."t\xe2ble" IS ''comment\xe9''';
    EXECUTE E'CREATE FUNCTION "f\xe9"() RETURNS text LANGUAGE sql AS ''SELECT ''''\xff''''::text''';
    EXECUTE E'CREATE VIEW "v\xe9" AS SELECT t AS "t\xe9" FROM bytes WHERE t <> ''\xe9''';
    EXECUTE format('ALTER DATABASE %I SET client_encoding = %L', current_database(), 'UTF8');
END
$$;
SELECT lo_from_bytea(700001, '\xe9ff00');
COMMENT ON LARGE OBJECT 700001 IS E'\xe9';
