-- One column per built-in type and the values that travel badly: whoever parses and prints values again loses some.

CREATE TABLE ks."values" (
    id          int PRIMARY KEY,
    note        text,
    b           bool,
    i2          smallint,
    i4          int,
    i8          bigint,
    num         numeric,
    num_scale   numeric(40, 20),
    f4          real,
    f8          double precision,
    cash        money,
    t           text,
    vc          varchar(20),
    c           char(10),
    c1          "char",
    nm          name,
    bin         bytea,
    d           date,
    tm          time,
    tm0         time(0),
    tmtz        timetz,
    ts          timestamp,
    ts3         timestamp(3),
    tstz        timestamptz,
    iv          interval,
    iv_ym       interval year to month,
    u           uuid,
    js          json,
    jsb         jsonb,
    jp          jsonpath,
    x           xml,
    ip          inet,
    net         cidr,
    mac         macaddr,
    mac8        macaddr8,
    bt          bit(9),
    vbt         varbit,
    tsv         tsvector,
    tsq         tsquery,
    pt          point,
    ln          line,
    seg         lseg,
    bx          box,
    pth         path,
    poly        polygon,
    circ        circle,
    lsn         pg_lsn,
    snap        pg_snapshot,
    tsnap       txid_snapshot,
    o           oid,
    xi          xid,
    xi8         xid8,
    ci          cid,
    ti          tid,
    i2v         int2vector,
    ov          oidvector,
    acl         aclitem[],
    r4          int4range,
    r8          int8range,
    rn          numrange,
    rd          daterange,
    rts         tsrange,
    rtstz       tstzrange,
    ai          int[],
    at          text[],
    aby         bytea[],
    ats         timestamptz[],
    aj          json[],
    ac          char(3)[],
    rc          refcursor
);
COMMENT ON TABLE ks."values" IS E'a comment with\nnewlines, ''quotes'', back\\slashes and 漢字';

INSERT INTO ks."values" (id, note) VALUES (0, 'all NULL');

INSERT INTO ks."values" VALUES (
    1, 'lowest', false, -32768, -2147483648, -9223372036854775808,
    ('-' || repeat('9', 131))::numeric, -1234567890123456789.01234567890123456789, '-3.4028235e38', '-1.7976931348623157e308',
    '-92233720368547758.08', '', '', '', '', '', '',
    '-infinity', '00:00', '00:00', '00:00:00+15:59', '-infinity', '-infinity', '-infinity', '-178000000 years', '-178000000 years',
    '00000000-0000-0000-0000-000000000000', '{"b" : 1,   "a":2, "b": 3 , "n":1e400}', '{}', '$', '', '0.0.0.0/0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00',
    B'000000000', B'', '', '', '(-0,1e-320)', '{0,-1,0}', '[(0,0),(0,0)]', '(0,0),(0,0)', '((0,0))', '((0,0))', '<(0,0),0>',
    '0/0', '1:1:', '1:1:', 0, '0', '0', '0', '(0,0)', '', '', '{}',
    'empty', '[-9223372036854775808,-9223372036854775807)', '(,)', '[-infinity,infinity]', '[-infinity,infinity)', '(,)',
    '{}', '{}', '{}', '{}', '{}', '{}', '');

INSERT INTO ks."values" VALUES (
    2, 'highest', true, 32767, 2147483647, 9223372036854775807,
    repeat('9', 1000)::numeric, 99999999999999999999.99999999999999999999, '3.4028235e38', '1.7976931348623157e308',
    '92233720368547758.07', repeat('ÿ漢🐘', 100), repeat('é', 20), repeat('z', 10), E'\176', repeat('n', 63), (SELECT string_agg(set_byte('\x00', 0, i), '' ORDER BY i) FROM generate_series(0, 255) i),
    'infinity', '24:00', '23:59:59', '24:00:00-15:59', 'infinity', 'infinity', 'infinity', '178000000 years 11 mons 31 days 23:59:59.999999', '178000000 years 11 mons',
    'ffffffff-ffff-ffff-ffff-ffffffffffff', E'[ 1 ,\n\t2.0, "\\u00e9", "\\\\", null ]', '{"a": [1, 2.50, {"b": null}], "": "é", "big": 1e30, "d": 1}', '$."a"[*] ? (@ > 1)',
    '<?xml version="1.0"?><a b="c">&lt;é<!-- x --></a>', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff',
    B'111111111', repeat('10', 500)::varbit, $$'it''s':1A,3B 'back\\slash':2 'x':16383 '  sp '$$, $$'it''s' & !('b' <2> 'c':*AB) | 'd e'$$,
    '(Infinity,NaN)', '{1e300,-1,1e-300}', '[(1,1),(2,2)]', '(2,2),(1,1)', '[(0,0),(1,1),(1,0)]', '((0,0),(1,1),(1,0))', '<(1.5,-2.5),1e10>',
    'FFFFFFFF/FFFFFFFF', '100:9223372036854775000:100,200,9223372036854774999', '100:200:100,150', 4294967295, '4294967295', '18446744073709551615', '4294967295', '(4294967295,65535)',
    '1 -2 3', '1 4294967295', ARRAY['ks_reader=r*w/ks_owner', '=X/ks_writer']::aclitem[],
    '[-2147483648,2147483647)', '[1,9223372036854775807)', '[1.00,2.500]', '[0044-03-15 BC,5874897-12-31)', '["2020-01-01 00:00","2020-01-02 00:00"]', '["2020-01-01 00:00+00",)',
    '[-3:1]={1,NULL,3,4,5}', ARRAY['NULL', NULL, '', 'a,b', '{x}', '"', '\', E'\n', ' ', 'null'], ARRAY['\x00ff'::bytea, '', NULL], ARRAY['infinity', '-infinity', '0001-01-01 00:00:00+00 BC', NULL]::timestamptz[],
    ARRAY['{"a" : 1}', 'null', NULL]::json[], '{a,"b ",NULL}', 'cur"sor');

INSERT INTO ks."values" (id, note, num, num_scale, f4, f8, t, c, d, ts, tstz, iv, js, jsb, x, ip, net, tm, bin, ai, at) VALUES
    (3, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', '4713-11-24 BC', '4713-11-24 00:00 BC', '4713-11-24 00:00 BC', '-1 year +2 mons -3 days +04:05:06.789', 'null', 'null', '<a/>', '::', '::/0', '12:34:56.789012', '\x', '{{1,2},{3,NULL}}', '{{a,b},{c,NULL}}'),
    (4, 'infinity', NULL, NULL, 'Infinity', 'Infinity', 'Infinity', 'Infinity', '5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '1.5 years', '""', '""', '<a>1</a><b/>', '192.168.1.1/24', '192.168.1.0/24', '23:59:59.999999', '\x5c', '[0:1][-1:0]={{1,2},{3,4}}', '[5:6]={x,NULL}'),
    (5, '-infinity', NULL, NULL, '-Infinity', '-Infinity', '-Infinity', '', '0001-01-01 BC', '0001-12-31 BC', '0001-12-31 23:59:59+00 BC', '00:00:00.000001', '0', '-0', 'plain text', 'fe80::1/64', '::1/128', '00:00:00.000001', '\x00', '{NULL}', '{NULL}'),
    (6, '-0', '-0', 0, '-0', '-0', '-0', '-0', '2000-01-01', '2000-01-01', '2000-01-01 00:00+00', '-00:00:00.000001', '-0', '0.00', NULL, NULL, NULL, NULL, '\x0a0d5c2e0a', NULL, NULL),
    (7, 'tiny', '1e-16383', 0.00000000000000000001, '1e-45', '4.9406564584124654e-324', '1e-320', '1e-320', '1582-10-05', '1900-01-01 00:00:00.000001', '1883-11-18 12:03:58-04:56:02', '1 day -24:00:00', '1e-320', '1e-320', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (8, 'round trip', '12345678901234567890123456789012345678901.23456789', 0.1, '0.1', '0.1', '0.1', NULL, NULL, NULL, '2020-10-25 02:30:00+01', NULL, '0.1', '0.10', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (9, 'round trip', '9007199254740993', 1, '16777217', '9007199254740993', '1e-320', NULL, NULL, NULL, '2020-10-25 02:30:00+02', NULL, '9007199254740993', '9007199254740993', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (10, 'round trip', '0.000000000', 1.5, '8.5899346e9', '2.2250738585072011e-308', '1e-320', NULL, NULL, NULL, NULL, NULL, '1E5', '1E5', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO ks."values" (id, note, f8) VALUES (11, 'denormal', '1e-320');

-- Text that looks like the marks of the COPY format, of psql, of NULL.
CREATE TABLE ks.nasty_text (id int PRIMARY KEY, t text, v varchar, c char(8), n name, e text NOT NULL DEFAULT '');
INSERT INTO ks.nasty_text (id, t, v, c) SELECT row_number() OVER (), t, t, left(t, 8) FROM unnest(ARRAY[
    'NULL', 'null', '\N', '\\N', '\.', E'\\.\n', E'\n\\.\n', '\', '\\', '\\\', E'\t', E'\n', E'\r', E'\r\n', E'\b\f\v', E'\x01\x1f\x7f',
    '', ' ', '  trailing  ', '"', '""', '''', '''''', ',', ';', '{}', '{NULL}', '()', '$1', '$$', '--', '/*', '%s', '%', E'a\tb\nc\\d',
    '\x41', '\101', '\t', '\n', E'\u00a0\u200b\ufeff', 'é' || U&'\0301', 'Ω≈ç√∫˜µ≤≥÷', '🇩🇪👨‍👩‍👧‍👦', E'\U0010ffff', 'ſ', 'İi̇', repeat(E'\\\t\n', 1000), repeat('x', 2000)
]) t;
INSERT INTO ks.nasty_text VALUES (1000, NULL, NULL, NULL, NULL, ''), (1001, '', '', '', '', 'NULL');

-- References by OID: the text names the object, the binary form is a number that means another object elsewhere.
CREATE TABLE ks.reg_types (id int PRIMARY KEY, rel regclass, fn regproc, proc regprocedure, op regoper, oper regoperator, ty regtype, ro regrole, ns regnamespace, cfg regconfig, dict regdictionary, coll regcollation, rels regclass[]);
INSERT INTO ks.reg_types VALUES
    (1, 'ks."values"', 'ks.twice', 'ks.twice(int)', 'ks.@#!', 'ks.|<|(int,int)', 'ks.mood', '"ks Quoted.Role"', '"Upper Case"', 'ks."My Config"', 'ks.simple_dict', 'ks."Plain C"', '{ks.orders,NULL,pg_class}'),
    (2, 'pg_class', 'pg_catalog.now', 'abs(int)', 'pg_catalog.||/', '+(int,int)', 'int[]', 'ks_owner', 'pg_catalog', 'english', 'simple', '"C"', '{}'),
    (3, '"dot.ted.name"."dot.ted.name"', NULL, NULL, NULL, NULL, '"quo""te"."e quo""te"', '"ks ""double"" quote"', '"it''s"', NULL, NULL, NULL, NULL),
    (4, '0', '0', '0', '0', '0', '0', NULL, NULL, '0', '0', '0', NULL);
