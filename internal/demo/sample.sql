-- A shop: some hundred MB in a dozen tables, with keys, partitions, a materialized view, a trigger and large objects.
CREATE TABLE customer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL, email text NOT NULL UNIQUE, born date, notes jsonb, since timestamptz NOT NULL DEFAULT now());
INSERT INTO customer (name, email, born, notes, since)
SELECT 'Customer ' || i, 'c' || i || '@example.com', date '1940-01-01' + i % 25000,
       jsonb_build_object('vip', i % 97 = 0, 'tags', array[md5(i::text), 'x' || i % 7]), timestamptz '2020-01-01' + i * interval '1 minute'
  FROM generate_series(1, 200000) i;
CREATE INDEX customer_name ON customer (lower(name));
CREATE INDEX customer_notes ON customer USING gin (notes);

CREATE TABLE product (id int PRIMARY KEY, sku text NOT NULL UNIQUE, title text NOT NULL, price numeric(10,2) NOT NULL CHECK (price > 0), picture oid);
INSERT INTO product SELECT i, 'SKU-' || i, 'Product number ' || i, (i % 1000) + 0.99, lo_from_bytea(0, decode(repeat(md5(i::text), 200), 'hex'))
  FROM generate_series(1, 500) i;

CREATE TABLE orders (id bigserial, customer_id bigint NOT NULL, at timestamptz NOT NULL, state text NOT NULL DEFAULT 'new', PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE orders_2023 PARTITION OF orders FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE orders_later PARTITION OF orders DEFAULT;
INSERT INTO orders (customer_id, at, state)
SELECT 1 + i % 200000, timestamptz '2023-01-01' + i * interval '100 seconds', (array['new','paid','sent'])[1 + i % 3] FROM generate_series(1, 600000) i;
ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customer (id);
CREATE INDEX orders_customer ON orders (customer_id);

CREATE TABLE line (order_id bigint NOT NULL, number int NOT NULL, product_id int NOT NULL REFERENCES product (id), quantity int NOT NULL,
    total numeric(12,2) NOT NULL, comment text, PRIMARY KEY (order_id, number));
INSERT INTO line SELECT 1 + i / 2, i % 2, 1 + i % 500, 1 + i % 9, (i % 100000) / 100.0 + 1, 'line ' || md5(i::text) FROM generate_series(0, 1500000) i;
CREATE INDEX line_product ON line (product_id);

CREATE MATERIALIZED VIEW sales AS SELECT product_id, count(*) AS n, sum(total) AS total FROM line GROUP BY product_id;
CREATE UNIQUE INDEX sales_product ON sales (product_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := lower(NEW.state); RETURN NEW; END $$;
CREATE TRIGGER orders_touch BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TABLE orders IS 'What people bought';
ANALYZE;
