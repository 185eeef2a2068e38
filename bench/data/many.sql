-- 5,000 small tables at scale 1 in ten schemas, each with a key, an index and a sequence.

DO $$
DECLARE
    tables int := greatest(10, (5000 * current_setting('bench.scale')::float)::int);
BEGIN
    FOR s IN 0..9 LOOP
        EXECUTE format('CREATE SCHEMA s%s', s);
    END LOOP;
    FOR t IN 1..tables LOOP
        EXECUTE format('CREATE TABLE s%s.t%s (id bigserial PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now(), n int)', t % 10, t);
        EXECUTE format('INSERT INTO s%s.t%s (name, at, n) SELECT ''row '' || g, ''2026-01-01Z'', g * %s FROM generate_series(1, 20) g', t % 10, t, t % 100);
        EXECUTE format('CREATE INDEX ON s%s.t%s (name)', t % 10, t);
        IF t % 200 = 0 THEN
            COMMIT; -- the locks of all tables in one transaction would fill the lock table
        END IF;
    END LOOP;
END $$;
