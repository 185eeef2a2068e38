\echo Use "CREATE EXTENSION pgcopy_test" to load this file. \quit

CREATE TYPE pgcopy_test_level AS ENUM ('low', 'high');

-- A configuration table whose condition leaves out the rows that this script inserts.
CREATE TABLE pgcopy_test_setting (
    id      serial PRIMARY KEY,
    key     text NOT NULL UNIQUE,
    value   text,
    builtin bool NOT NULL DEFAULT false
);
INSERT INTO pgcopy_test_setting (key, value, builtin) VALUES ('built in 1', 'x', true), ('built in 2', 'y', true);
SELECT pg_extension_config_dump('pgcopy_test_setting', 'WHERE NOT builtin');
SELECT pg_extension_config_dump('pgcopy_test_setting_id_seq', '');

-- A second one that refers to the first: it has to come after it.
CREATE TABLE pgcopy_test_rule (
    id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    setting_id  int NOT NULL REFERENCES pgcopy_test_setting,
    body        text,
    upper_body  text GENERATED ALWAYS AS (upper(body)) STORED
);
SELECT pg_extension_config_dump('pgcopy_test_rule', '');

-- A third one that refers to itself.
CREATE TABLE pgcopy_test_tree (id int PRIMARY KEY, up int REFERENCES pgcopy_test_tree DEFERRABLE INITIALLY DEFERRED);
SELECT pg_extension_config_dump('pgcopy_test_tree', '');

CREATE SEQUENCE pgcopy_test_counter;
SELECT pg_extension_config_dump('pgcopy_test_counter', '');

-- Members that are not configuration.
CREATE TABLE pgcopy_test_fixed (id int PRIMARY KEY, v text);
INSERT INTO pgcopy_test_fixed SELECT i, 'fixed' || i FROM generate_series(1, 5) i;
CREATE SEQUENCE pgcopy_test_fixed_seq;
CREATE VIEW pgcopy_test_view AS SELECT count(*) FROM pgcopy_test_setting;
CREATE FUNCTION pgcopy_test_version() RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT '1.0'::text$$;
