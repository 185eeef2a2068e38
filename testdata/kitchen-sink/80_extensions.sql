-- Extensions of PostgreSQL's contrib: their types in columns, their operator classes in indexes and constraints.

CREATE SCHEMA ks_ext;
CREATE EXTENSION hstore WITH SCHEMA ks_ext;
CREATE EXTENSION citext WITH SCHEMA ks_ext;
CREATE EXTENSION pg_trgm WITH SCHEMA public;
CREATE EXTENSION btree_gist WITH SCHEMA "Upper Case";
CREATE EXTENSION ltree WITH SCHEMA ks_ext;
CREATE EXTENSION intarray WITH SCHEMA ks_ext;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
CREATE EXTENSION bloom WITH SCHEMA ks_ext;
COMMENT ON EXTENSION hstore IS 'the comment of this extension was changed';

CREATE TABLE ks.ext_types (
    id      int PRIMARY KEY,
    h       ks_ext.hstore,
    c       ks_ext.citext UNIQUE,
    l       ks_ext.ltree,
    lq      ks_ext.lquery,
    t       text,
    q       ks_ext.query_int,
    cu      cube,
    ha      ks_ext.hstore[],
    la      ks_ext.ltree[]
);
INSERT INTO ks.ext_types SELECT i, ks_ext.hstore(ARRAY['k', 'n', 'quo"te'], ARRAY['v' || i, NULL, '=>"\']), 'MiXed' || i, ('Top.n' || i)::ks_ext.ltree, '*.a|b{1,2}', 'some text ' || md5(i::text), '1&(2|!3)', cube(i, i + 1), ARRAY['a=>NULL'::ks_ext.hstore, NULL, ''], ARRAY['', 'a.b']::ks_ext.ltree[]
    FROM generate_series(1, 1000) i;
INSERT INTO ks.ext_types (id) VALUES (1001);
CREATE INDEX ext_hstore ON ks.ext_types USING gin (h);
CREATE INDEX ext_hstore_gist ON ks.ext_types USING gist (h ks_ext.gist_hstore_ops (siglen = 32));
CREATE INDEX ext_trgm ON ks.ext_types USING gin (t gin_trgm_ops);
CREATE INDEX ext_trgm_gist ON ks.ext_types USING gist (t gist_trgm_ops (siglen = 24), c);
CREATE INDEX ext_ltree ON ks.ext_types USING gist (l, la);
CREATE INDEX ext_citext ON ks.ext_types (c ks_ext.citext_pattern_ops, lower(t));
CREATE INDEX ext_bloom ON ks.ext_types USING bloom (id, t) WITH (length = 100, col1 = 4);
CREATE TABLE ks.ext_excluded (room int, who text, during tstzrange, CONSTRAINT one_at_a_time EXCLUDE USING gist (room WITH =, who WITH <>, during WITH &&) DEFERRABLE);
INSERT INTO ks.ext_excluded SELECT i % 10, 'who', tstzrange('2020-01-01 00:00+00'::timestamptz + i * interval '1 hour', '2020-01-01 00:30+00'::timestamptz + i * interval '1 hour') FROM generate_series(1, 500) i;

-- Objects of the user that were made members of an extension are part of it: nobody dumps them. Privileges that the
-- user granted on members are dumped.
GRANT EXECUTE ON FUNCTION similarity(text, text) TO ks_reader;
REVOKE EXECUTE ON FUNCTION word_similarity(text, text) FROM PUBLIC;
