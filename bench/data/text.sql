-- jsonb and long text, a part of it out of line (TOAST), about 500 MB at scale 1.

CREATE TABLE pool AS SELECT g AS id, (SELECT string_agg(substr('lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua', 1 + ((g * 131 + w * 7919) % 97)::int, 3 + ((g + w * w) % 9)::int), ' ') || md5(g::text)
    FROM generate_series(1, 3000) w) AS words FROM generate_series(1, 200) g;

CREATE TABLE document (id bigint NOT NULL, title text, body text, meta jsonb);

INSERT INTO document SELECT i, 'document ' || md5(i::text), substr(words, 1 + (i * 37 % 3000)::int, 100 + (i * i % 7919)::int) || md5((i * 3)::text),
    jsonb_build_object('id', i, 'hash', md5((i * 7)::text), 'tags', jsonb_build_array('a' || i % 10, 'b' || i % 100, 'c' || i % 1000),
        'abstract', substr(words, 1 + (i * 53 % 5000)::int, 300 + (i % 200)::int), 'score', i % 1000 / 10.0, 'nested', jsonb_build_object('x', i, 'y', i * 2))
FROM generate_series(1, greatest(200, (220000 * current_setting('bench.scale')::float)::bigint)) i JOIN pool ON pool.id = 1 + i % 200;

ALTER TABLE document ADD PRIMARY KEY (id);

CREATE INDEX document_title ON document (title);

CREATE INDEX document_tags ON document USING gin ((meta -> 'tags'));

DROP TABLE pool;
