-- Large objects with OIDs from sample.first on, sample.count of them, of 0 to 10,000 bytes; each tenth has a comment,
-- each seventh another owner, each fifth a privilege for another role (the roles of the kitchen sink).
DO $$
DECLARE
    o oid;
BEGIN
    FOR i IN 0 .. current_setting('sample.count')::int - 1 LOOP
        o := current_setting('sample.first')::bigint + i;
        PERFORM lo_from_bytea(o, decode(repeat(md5(i::text), i % 626), 'hex'));
        IF i % 10 = 0 THEN
            EXECUTE format('COMMENT ON LARGE OBJECT %s IS %L', o, 'number ' || i);
        END IF;
        IF i % 5 = 0 THEN
            EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO ks_reader', o);
        END IF;
        IF i % 7 = 0 THEN
            EXECUTE format('ALTER LARGE OBJECT %s OWNER TO ks_owner', o);
        END IF;
    END LOOP;
END
$$;
