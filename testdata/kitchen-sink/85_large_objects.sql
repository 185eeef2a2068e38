-- Large objects: sizes around a page of pg_largeobject (2048 bytes), sparse ones, owners, privileges, comments.

SELECT lo_from_bytea(900000 + n, convert_to(repeat('x', size), 'UTF8'))
    FROM unnest(ARRAY[0, 1, 2047, 2048, 2049, 4096, 10000]) WITH ORDINALITY AS s (size, n);
-- 300 kB that contain every byte.
SELECT lo_from_bytea(900100, (SELECT string_agg(decode(lpad(to_hex(i % 256), 2, '0'), 'hex') || decode(md5(i::text), 'hex'), '' ORDER BY i) FROM generate_series(1, 18000) i));
-- 3 MB: more than one chunk of any reader.
SELECT lo_from_bytea(900101, (SELECT string_agg(decode(md5(i::text), 'hex'), '' ORDER BY i) FROM generate_series(1, 196608) i));
-- Sparse: pages that were never written read as zeros. A hole in the middle, a hole of 5 MB, a hole at the beginning,
-- a length that was only truncated to, a page with fewer bytes than it could hold.
SELECT lo_from_bytea(900110, 'start'), lo_put(900110, 100000, 'middle'), lo_put(900110, 5000000, 'end');
SELECT lo_create(900111);
SELECT lo_put(900111, 10000, 'only at the end');
SELECT lo_create(900112);
DO $$
DECLARE
    fd int := lo_open(900112, x'20000'::int);
BEGIN
    PERFORM lo_truncate(fd, 7001);
    PERFORM lo_close(fd);
END
$$;
SELECT lo_from_bytea(900113, '\x00000000'), lo_put(900113, 3000, '\x00');
-- The smallest OID there can be, and one near the largest (more than an int4 holds).
SELECT lo_from_bytea(1, 'oid 1');
SELECT lo_from_bytea(4294967290, 'a large oid');
-- Many small ones.
SELECT count(lo_from_bytea(910000 + i, convert_to(repeat('lo' || i, i % 50), 'UTF8'))) FROM generate_series(0, 299) i;

ALTER LARGE OBJECT 900001 OWNER TO ks_owner;
ALTER LARGE OBJECT 900002 OWNER TO "ks Quoted.Role";
ALTER LARGE OBJECT 900003 OWNER TO "ks ""double"" quote";
GRANT SELECT ON LARGE OBJECT 900001 TO ks_reader;
GRANT SELECT, UPDATE ON LARGE OBJECT 900002 TO "ks Quoted.Role", "ks_rôle" WITH GRANT OPTION;
GRANT SELECT ON LARGE OBJECT 900003 TO PUBLIC;
REVOKE ALL ON LARGE OBJECT 900004 FROM CURRENT_USER;
COMMENT ON LARGE OBJECT 900001 IS 'an empty large object';
COMMENT ON LARGE OBJECT 900100 IS E'it''s a \\ comment\nof two lines, 漢字';
COMMENT ON LARGE OBJECT 4294967290 IS 'a large object with a large oid';

-- Rows that refer to them.
CREATE TABLE ks.refers_to_lo (id int PRIMARY KEY, lo oid);
INSERT INTO ks.refers_to_lo SELECT i, 910000 + i FROM generate_series(0, 299) i;
