-- What comparisons of schema and data left behind.
INSERT INTO setup (id, source, target, source_system_identifier, target_system_identifier, source_database, target_database,
                   source_database_oid, target_database_oid, source_version, target_version, source_encoding, target_encoding, options)
VALUES (1, 'postgresql://app@old/shop', 'postgresql://app@new/shop', '1', '2', 'shop', 'shop', 16384, 16385, 150018, 180000, 'UTF8', 'UTF8', '{}');
INSERT INTO run (id, command, version, host, pid, workflow, started_at, ended_at, outcome) VALUES
    (1, 'pgcopy compare data', '1.0', 'runner', 4711, 'compare data', '2026-03-01T22:00:00.000Z', '2026-03-01T22:01:00.000Z', 'interrupted'),
    (2, 'pgcopy compare data', '1.0', 'runner', 4712, 'compare data', '2026-03-01T23:00:00.000Z', '2026-03-01T23:01:00.000Z', 'failed');
INSERT INTO step (name, position, kind, pool) VALUES ('compare-objects', 1, 'comparison', 'control'), ('compare-table', 2, 'table data', 'copy'), ('compare-rows', 3, 'rows that differ', 'copy');
INSERT INTO compare_entry (id, side, dump_id, kind, schema, name, definition, object_id) VALUES
    (1, 'source', 7, 'TABLE', 'public', 'orders', 'CREATE TABLE public.orders (' || char(10) || '    id integer NOT NULL,' || char(10) || '    v integer' || char(10) || ');', 1),
    (2, 'target', 9, 'TABLE', 'public', 'orders', 'CREATE TABLE public.orders (' || char(10) || '    id integer NOT NULL,' || char(10) || '    v bigint' || char(10) || ');', 1),
    (3, 'source', 8, 'INDEX', 'public', 'orders_v', 'CREATE INDEX orders_v ON public.orders USING btree (v);', 2),
    (4, 'target', 8, 'FUNCTION', 'Odd "schema"', 'f(integer)', 'CREATE FUNCTION ...', 3),
    (5, 'source', 0, 'DATABASE SETTING', '', 'work_mem', '64MB', 4), (6, 'target', 0, 'DATABASE SETTING', '', 'work_mem', '4MB', 4);
INSERT INTO compare_object (id, kind, schema, name, status, source_id, target_id, note) VALUES
    (1, 'TABLE', 'public', 'orders', 'different', 1, 2, ''), (2, 'INDEX', 'public', 'orders_v', 'only source', 3, NULL, ''),
    (3, 'FUNCTION', 'Odd "schema"', 'f(integer)', 'only target', NULL, 4, ''), (4, 'DATABASE SETTING', '', 'work_mem', 'different', 5, 6, ''),
    (5, 'TABLE', 'public', 'customers', 'equal', NULL, NULL, ''), (6, 'TABLE', 'public', 'old', 'left out', NULL, NULL, '[exclude-table] public.old');
INSERT INTO compare_table (id, schema, name, display, source_oid, target_oid, bytes, status, note, source_rows, target_rows, source_digest, target_digest, compared_at, run_id, rows_differ, rows_complete) VALUES
    (1, 'public', 'orders', 'public.orders', 1, 1, 1000, 'different', 'column v is integer on the source and bigint on the target', 5000000, 4999999, '1/2', '3/4', '2026-03-01T23:00:01.000Z', 2, 4, 0),
    (2, 'public', 'customers', 'public.customers', 2, 2, 1000, 'equal', '', 1, 1, '5/6', '5/6', '2026-03-01T22:00:01.000Z', 1, 0, 0),
    (3, 'public', 'secret', 'public.secret', 3, 3, 1000, 'pending', '', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0),
    (4, 'public', 'Odd name', 'public."Odd name"', 0, 4, 1000, 'only target', '', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0),
    (5, 'public', 'old', 'public.old', 5, 0, 1000, 'left out', '[exclude-table] public.old', NULL, NULL, NULL, NULL, NULL, NULL, 0, 0);
INSERT INTO compare_row (table_id, number, change, key, columns, copies) VALUES
    (1, 1, 'missing', '{"id":42,"Shop":"north"}', '[]', 1), (1, 2, 'extra', '{"id":-1,"Shop":null}', '[]', 1),
    (1, 3, 'changed', '{"id":7,"Shop":"a\nb"}', '["v","Odd name"]', 1), (1, 4, 'missing', '{"a":"x"}', '[]', 3);
INSERT INTO task (id, step, oid, subject, pool) VALUES (1, 'compare-objects', 0, 'objects of both', 'control'), (2, 'compare-table', 3, 'public.secret', 'copy');
UPDATE task SET state = 'running', run_id = 2, attempt = 1, worker = pool || ' 1', started_at = '2026-03-01T23:00:00.000Z';
UPDATE task SET state = 'failed', finished_at = '2026-03-01T23:00:02.000Z', error = CASE id WHEN 1 THEN 'target: the value of sequence public.s cannot be read'
    ELSE 'compare public.secret: target: permission denied for table secret' END, hint = 'grant SELECT on it, or connect as its owner';
