-- A database as most are: everything in it belongs to the role of the application, which is no superuser, but for extensions that only a
-- superuser may create. Run by a superuser of the source, who makes the extensions and then goes on as the owner.

CREATE SCHEMA ext;
GRANT USAGE ON SCHEMA ext TO PUBLIC;
CREATE EXTENSION pg_stat_statements WITH SCHEMA ext; -- not trusted: an owner may not create it
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION btree_gist;
CREATE EXTENSION pgcopy_test WITH SCHEMA ext;        -- has configuration tables
COMMENT ON EXTENSION hstore IS 'not the comment that it came with';
INSERT INTO ext.pgcopy_test_setting (key, value) SELECT 'user key ' || i, 'value ' || i FROM generate_series(1, 25) i;
INSERT INTO ext.pgcopy_test_rule (setting_id, body) SELECT id, 'rule of ' || key FROM ext.pgcopy_test_setting WHERE NOT builtin;
SELECT setval('ext.pgcopy_test_counter', 4711);

ALTER SCHEMA ext OWNER TO two_owner;
SET ROLE two_owner;

CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'paid', 'it''s gone');
CREATE DOMAIN app.amount AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE FUNCTION app.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := ''stamped''; RETURN NEW; END';
CREATE TABLE app.customer (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, tags ext.hstore, note text);
INSERT INTO app.customer (name, tags) SELECT 'customer ' || i, ext.hstore('k', i::text) FROM generate_series(1, 2000) i;
CREATE TRIGGER stamp BEFORE INSERT ON app.customer FOR EACH ROW EXECUTE FUNCTION app.stamp();
CREATE TABLE app."Order" (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES app.customer ON DELETE CASCADE, state app.state DEFAULT 'new', total app.amount,
    half int GENERATED ALWAYS AS (app.twice(7)) STORED, during tstzrange, CONSTRAINT not_at_once EXCLUDE USING gist (customer WITH =, during WITH &&));
INSERT INTO app."Order" (customer, state, total, during) SELECT 1 + i % 2000, (ARRAY['new', 'paid', 'it''s gone']::app.state[])[1 + i % 3], i / 10.0,
    tstzrange('2020-01-01 00:00+00'::timestamptz + i * interval '1 hour', '2020-01-01 00:30+00'::timestamptz + i * interval '1 hour') FROM generate_series(1, 8000) i;
CREATE INDEX order_state ON app."Order" (state, total DESC) WHERE state <> 'new';
CREATE INDEX order_half ON app."Order" ((half + 1));
ALTER INDEX app.order_half ALTER COLUMN 1 SET STATISTICS 300;
ALTER TABLE app."Order" CLUSTER ON order_half;
CREATE INDEX customer_tags ON app.customer USING gin (tags);
CREATE TABLE app.log (at date NOT NULL, id int, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE app.log_2025 PARTITION OF app.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE app.log_rest PARTITION OF app.log DEFAULT;
INSERT INTO app.log SELECT '2025-06-01'::date + i, i FROM generate_series(1, 1000) i;
CREATE UNLOGGED TABLE app.cache (id int PRIMARY KEY, v text);
INSERT INTO app.cache SELECT i, 'v' FROM generate_series(1, 100) i;
CREATE VIEW app.paid AS SELECT c.name, o.total FROM app.customer c JOIN app."Order" o ON o.customer = c.id WHERE o.state = 'paid';
CREATE MATERIALIZED VIEW app.sums AS SELECT customer, sum(total) AS total FROM app."Order" GROUP BY customer;
CREATE UNIQUE INDEX sums_key ON app.sums (customer);
CREATE MATERIALIZED VIEW app.sum_of_sums AS SELECT sum(total) AS total FROM app.sums;
CREATE SEQUENCE app.ticket INCREMENT 5 START 1000;
SELECT nextval('app.ticket'), nextval('app.ticket');
ALTER TABLE app.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON app.customer FOR SELECT TO two_reader USING (id < 100);
CREATE RULE nothing AS ON DELETE TO app.log DO INSTEAD NOTHING;
CREATE STATISTICS app.stat ON customer, state FROM app."Order";
CREATE PUBLICATION two_some FOR TABLE app.customer, app."Order";
SELECT lo_from_bytea(5001, ''), lo_from_bytea(5002, convert_to(repeat('large ', 20000), 'UTF8'));
GRANT SELECT ON LARGE OBJECT 5002 TO two_reader;
COMMENT ON LARGE OBJECT 5002 IS 'a large object';
GRANT USAGE ON SCHEMA app TO two_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app TO two_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO two_reader;
COMMENT ON SCHEMA app IS 'the application';
COMMENT ON TABLE app."Order" IS E'orders\nof customers';
COMMENT ON INDEX app.order_state IS 'an index';

DO $$
DECLARE
    db text := quote_ident(current_database());
BEGIN
    EXECUTE format('COMMENT ON DATABASE %s IS %L', db, 'of two roles');
    EXECUTE format('ALTER DATABASE %s SET search_path = app, ext, public', db);
    EXECUTE format('GRANT CONNECT ON DATABASE %s TO two_reader', db);
END
$$;
RESET ROLE;
