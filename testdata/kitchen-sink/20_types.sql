-- Types of the users' own: domains, composites, ranges, base types, and what hangs on them.

CREATE DOMAIN ks.positive AS int DEFAULT 7 NOT NULL CONSTRAINT is_positive CHECK (VALUE > 0) CONSTRAINT not_13 CHECK (VALUE <> 13);
COMMENT ON DOMAIN ks.positive IS 'a domain with two constraints';
COMMENT ON CONSTRAINT is_positive ON DOMAIN ks.positive IS 'a comment on the constraint of a domain';
CREATE DOMAIN ks.very_positive AS ks.positive CHECK (VALUE > 100);
CREATE DOMAIN ks.email AS varchar(80) COLLATE "C" CHECK (VALUE ~ '^[^@]+@[^@]+$');
CREATE DOMAIN ks.digits AS int[] CHECK (array_length(VALUE, 1) <= 10);
CREATE DOMAIN ks.loose AS text;

CREATE TYPE ks.point3 AS (x float8, y float8, z float8);
CREATE TYPE ks.person AS (name text COLLATE "C", "Birth Day" date, home ks.point3, moods ks.mood[], gone int);
ALTER TYPE ks.person DROP ATTRIBUTE gone;
COMMENT ON COLUMN ks.person."Birth Day" IS 'a comment on an attribute of a type';
CREATE TYPE ks.no_attributes AS ();
CREATE DOMAIN ks.origin_only AS ks.point3 CHECK ((VALUE).x = 0);

CREATE FUNCTION ks.float8_distance(float8, float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT $1 - $2';
CREATE TYPE ks.floats AS RANGE (subtype = float8, subtype_diff = ks.float8_distance);
CREATE TYPE ks."Text Range" AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN ks.adult_age AS int4range CHECK (lower(VALUE) >= 18);

-- A base type with text in and out only: there is no binary COPY of a table that uses it.
CREATE TYPE ks.textonly;
CREATE FUNCTION ks.textonly_in(cstring) RETURNS ks.textonly LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION ks.textonly_out(ks.textonly) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE ks.textonly (INPUT = ks.textonly_in, OUTPUT = ks.textonly_out, LIKE = int4, DEFAULT = '42', CATEGORY = 'N');
CREATE TYPE ks.shell_only;

CREATE TABLE ks.type_user (
    id          int PRIMARY KEY,
    mood        ks.mood DEFAULT 'ok',
    moods       ks.mood[],
    pos         ks.positive,
    vpos        ks.very_positive DEFAULT 101,
    email       ks.email,
    digits      ks.digits,
    loose       ks.loose,
    person      ks.person,
    people      ks.person[],
    origin      ks.origin_only,
    fl          ks.floats,
    words       ks."Text Range",
    age         ks.adult_age,
    ages        ks.adult_age[],
    t           ks.textonly,
    ts          ks.textonly[],
    CONSTRAINT happy_or_not CHECK (mood <> 'sad' OR id < 100)
);
INSERT INTO ks.type_user (id, mood, moods, pos, email, digits, loose, person, people, origin, fl, words, age, ages, t, ts) VALUES
    (1, 'sad', '{sad,NULL,"it''s, \"complicated\" \\"}', 1, 'a@b', '{1,2,3}', 'x',
     ROW('Ann "the" (great), \ ' || E'\n', '0044-03-15 BC', ROW(1e-320, '-0', 'NaN'), '{happy,NULL}'),
     ARRAY[ROW(NULL, NULL, NULL, NULL), ROW('', 'infinity', ROW('Infinity', '-Infinity', 1), '{}')]::ks.person[],
     ROW(0, 1, 2), '[1.5,2.5)', '["a","b""c,d"]', '[18,)', '{"[18,20)",empty,NULL}', '7', '{1,NULL,3}'),
    (2, 'ünhappy', '{}', 12, NULL, '{}', NULL, NULL, '{}', NULL, 'empty', '(,)', '[20,21)', NULL, NULL, '{}');
INSERT INTO ks.type_user (id, pos, loose) VALUES (3, 5, ''), (4, 6, 'NULL');

-- Not valid: the value '' above breaks it, so it can only be added NOT VALID, on the target too.
ALTER DOMAIN ks.loose ADD CONSTRAINT not_empty CHECK (VALUE <> '') NOT VALID;
COMMENT ON CONSTRAINT not_empty ON DOMAIN ks.loose IS 'not valid yet';

-- Casts, operators, classes and families, collations, conversions, transforms.
CREATE FUNCTION ks.mood_to_int(ks.mood) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT CASE $1 WHEN 'happy' THEN 1 ELSE 0 END$$;
CREATE CAST (ks.mood AS int) WITH FUNCTION ks.mood_to_int(ks.mood) AS ASSIGNMENT;
COMMENT ON CAST (ks.mood AS int) IS 'a cast';
CREATE CAST (ks.textonly AS int) WITHOUT FUNCTION;
CREATE CAST (int AS ks.textonly) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (ks.point3 AS json) WITH INOUT;

CREATE FUNCTION ks.abs_lt(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1) < abs($2)';
CREATE FUNCTION ks.abs_le(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1) <= abs($2)';
CREATE FUNCTION ks.abs_eq(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1) = abs($2)';
CREATE FUNCTION ks.abs_ge(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1) >= abs($2)';
CREATE FUNCTION ks.abs_gt(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1) > abs($2)';
CREATE FUNCTION ks.abs_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT sign(abs($1) - abs($2))::int';
CREATE OPERATOR ks.|<| (LEFTARG = int, RIGHTARG = int, FUNCTION = ks.abs_lt, COMMUTATOR = OPERATOR(ks.|>|), NEGATOR = OPERATOR(ks.|>=|), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR ks.|<=| (LEFTARG = int, RIGHTARG = int, FUNCTION = ks.abs_le, COMMUTATOR = OPERATOR(ks.|>=|), NEGATOR = OPERATOR(ks.|>|));
CREATE OPERATOR ks.|=| (LEFTARG = int, RIGHTARG = int, FUNCTION = ks.abs_eq, COMMUTATOR = OPERATOR(ks.|=|), MERGES);
CREATE OPERATOR ks.|>=| (LEFTARG = int, RIGHTARG = int, FUNCTION = ks.abs_ge, COMMUTATOR = OPERATOR(ks.|<=|), NEGATOR = OPERATOR(ks.|<|));
CREATE OPERATOR ks.|>| (LEFTARG = int, RIGHTARG = int, FUNCTION = ks.abs_gt, COMMUTATOR = OPERATOR(ks.|<|), NEGATOR = OPERATOR(ks.|<=|));
CREATE OPERATOR ks.@#! (RIGHTARG = int, FUNCTION = pg_catalog.int4abs);
COMMENT ON OPERATOR ks.|<| (int, int) IS 'an operator';
CREATE OPERATOR FAMILY ks.abs_family USING btree;
CREATE OPERATOR CLASS ks.abs_ops FOR TYPE int USING btree FAMILY ks.abs_family AS
    OPERATOR 1 ks.|<|, OPERATOR 2 ks.|<=|, OPERATOR 3 ks.|=|, OPERATOR 4 ks.|>=|, OPERATOR 5 ks.|>|,
    FUNCTION 1 ks.abs_cmp(int, int);
COMMENT ON OPERATOR CLASS ks.abs_ops USING btree IS 'an operator class';
COMMENT ON OPERATOR FAMILY ks.abs_family USING btree IS 'an operator family';
CREATE OPERATOR FAMILY ks.lonely_family USING hash;

CREATE COLLATION ks."Plain C" (provider = libc, locale = 'C');
COMMENT ON COLLATION ks."Plain C" IS 'a collation';
DO $$
BEGIN
    CREATE COLLATION ks.numeric_order (provider = icu, locale = 'en-u-kn-true');
    CREATE COLLATION ks.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
EXCEPTION WHEN feature_not_supported OR undefined_object THEN
    -- A server built without ICU: the same names, so that the rest of the kitchen sink still loads.
    CREATE COLLATION ks.numeric_order (provider = libc, locale = 'C');
    CREATE COLLATION ks.no_case (provider = libc, locale = 'C');
END
$$;
CREATE TABLE ks.collated (
    c   text COLLATE ks."Plain C",
    n   text COLLATE ks.numeric_order,
    ci  text COLLATE ks.no_case,
    p   text COLLATE "POSIX" PRIMARY KEY,
    CONSTRAINT collated_ci UNIQUE (ci),
    CONSTRAINT collated_n UNIQUE (n)
);
INSERT INTO ks.collated SELECT 'c' || i, 'n' || i, 'Ci' || i, 'p' || i FROM generate_series(1, 200) i;
CREATE INDEX collated_mixed ON ks.collated (c COLLATE ks.numeric_order, ci COLLATE "C" text_pattern_ops DESC);

CREATE CONVERSION ks.latin1_to_utf8 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION ks.latin1_to_utf8 IS 'a conversion';
CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal), TO SQL WITH FUNCTION int4recv(internal));
COMMENT ON TRANSFORM FOR int LANGUAGE sql IS 'a transform';

-- Text search: one object of each of the four kinds.
CREATE TEXT SEARCH DICTIONARY ks.simple_dict (TEMPLATE = pg_catalog.simple, STOPWORDS = english, ACCEPT = 'true');
CREATE TEXT SEARCH PARSER ks.my_parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE ks.my_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH CONFIGURATION ks."My Config" (PARSER = ks.my_parser);
ALTER TEXT SEARCH CONFIGURATION ks."My Config" ADD MAPPING FOR asciiword, word, hword WITH ks.simple_dict, pg_catalog.english_stem;
COMMENT ON TEXT SEARCH CONFIGURATION ks."My Config" IS 'a text search configuration';
COMMENT ON TEXT SEARCH DICTIONARY ks.simple_dict IS 'a text search dictionary';
COMMENT ON TEXT SEARCH PARSER ks.my_parser IS 'a text search parser';
COMMENT ON TEXT SEARCH TEMPLATE ks.my_template IS 'a text search template';
ALTER TEXT SEARCH CONFIGURATION ks."My Config" OWNER TO "ks Quoted.Role";
ALTER TYPE ks.person OWNER TO "ks Quoted.Role";
GRANT USAGE ON TYPE ks.mood TO "ks ""double"" quote" WITH GRANT OPTION;
REVOKE USAGE ON TYPE ks.positive FROM PUBLIC;
