-- A clone in two runs: the first was interrupted, the second ended with a failure.
INSERT INTO setup (id, source, target, source_system_identifier, target_system_identifier, source_database, target_database,
                   source_database_oid, target_database_oid, source_version, target_version, source_encoding, target_encoding, options)
VALUES (1, 'postgresql://app@old/shop', 'postgresql://app@new/shop', '1', '2', 'shop', 'shop', 16384, 16385, 150018, 180000, 'UTF8', 'UTF8', '{}');
INSERT INTO run (id, command, version, host, pid, workflow, snapshot, started_at, ended_at, outcome, note) VALUES
    (1, 'pgcopy clone --dir work', '1.0', 'runner', 4711, 'clone', '00000003-00000001-1', '2026-03-01T22:00:00.000Z', '2026-03-01T22:01:00.000Z', 'interrupted', 'interrupted by signal: terminated'),
    (2, 'pgcopy resume --dir work', '1.0', 'runner', 4712, 'clone', '00000003-00000001-1', '2026-03-02T06:00:00.000Z', '2026-03-02T06:02:00.000Z', 'failed', 'some tasks failed');
INSERT INTO step (name, position, kind, pool) VALUES
    ('load-source', 1, 'catalog queries', 'control'), ('plan', 2, 'planning', 'control'), ('milestone', 3, 'milestones', 'barrier'),
    ('copy-part', 4, 'table data', 'copy'), ('copy-table', 5, 'table data', 'copy'), ('create-index', 6, 'indexes', 'index'),
    ('vacuum-table', 7, 'statistics', 'vacuum'), ('copy-large-objects', 8, 'large objects', 'blob');
INSERT INTO source_table (oid, schema, name, display, kind, persistence, access_method, owner, pages, bytes, row_estimate, parent_oid, root_oid,
                          populated, key_column, key_not_null)
VALUES (101, 'public', 'orders', 'public.orders', 'r', 'p', 'heap', 'app', 400, 3200000000, 1e7, 0, 0, 1, 'id', 1),
       (102, 'public', 'Odd name', 'public."Odd name"', 'r', 'p', 'heap', 'app', 10, 80000, 1000, 0, 0, 1, '', 0),
       (103, 'public', 'customers', 'public.customers', 'r', 'p', 'heap', 'app', 100, 800000, 9000, 0, 0, 1, 'id', 1);
INSERT INTO source_index (oid, table_oid, schema, name, display, definition, is_unique, is_primary, is_exclusion, is_partitioned, is_valid, bytes, constraint_oid)
VALUES (201, 101, 'public', 'orders_pkey', 'public.orders_pkey', '', 1, 1, 0, 0, 1, 64000000, 0), (202, 101, 'public', 'orders_at', 'public.orders_at', '', 0, 0, 0, 0, 1, 64000000, 0),
       (203, 103, 'public', 'customers_pkey', 'public.customers_pkey', '', 1, 1, 0, 0, 1, 16000, 0);
INSERT INTO task (id, step, oid, part, subject, pool, size) VALUES
    (1, 'load-source', 0, 0, 'clone', 'control', 0), (2, 'plan', 0, 0, 'clone', 'control', 0), (3, 'milestone', 1, 0, 'tables complete', 'barrier', 0),
    (4, 'copy-part', 101, 1, 'public.orders part 1 of 2', 'copy', 1600000000), (5, 'copy-part', 101, 2, 'public.orders part 2 of 2', 'copy', 1600000000),
    (6, 'copy-table', 101, 0, 'public.orders', 'barrier', 0), (7, 'copy-table', 102, 0, 'public."Odd name"', 'copy', 80000),
    (8, 'copy-table', 103, 0, 'public.customers', 'copy', 800000), (9, 'create-index', 201, 0, 'public.orders_pkey', 'index', 64000000),
    (10, 'create-index', 202, 0, 'public.orders_at', 'index', 64000000), (11, 'create-index', 203, 0, 'public.customers_pkey', 'index', 16000),
    (12, 'vacuum-table', 101, 0, 'public.orders', 'vacuum', 0), (13, 'vacuum-table', 102, 0, 'public."Odd name"', 'vacuum', 0),
    (14, 'vacuum-table', 103, 0, 'public.customers', 'vacuum', 0);
UPDATE task SET state = 'running', run_id = 1, attempt = 1, worker = pool || ' 1', started_at = '2026-03-01T22:00:0' || id || '.000Z' WHERE id IN (1, 2, 4);
UPDATE task SET state = 'done', finished_at = '2026-03-01T22:00:0' || id || '.500Z' WHERE id IN (1, 2);
UPDATE task SET state = 'done', finished_at = '2026-03-01T22:00:54.000Z', bytes = 1500000000, rows = 5000000 WHERE id = 4;
UPDATE task SET state = 'running', run_id = 2, attempt = 1, worker = pool || ' ' || (id % 2 + 1), started_at = '2026-03-02T06:00:01.000Z' WHERE id IN (5, 7, 8);
UPDATE task SET state = 'done', finished_at = '2026-03-02T06:01:01.000Z', bytes = 1500000000, rows = 5000000 WHERE id = 5;
UPDATE task SET state = 'done', run_id = 2, started_at = '2026-03-02T06:01:01.000Z', finished_at = '2026-03-02T06:01:01.000Z' WHERE id = 6;
UPDATE task SET state = 'done', attempt = 2, finished_at = '2026-03-02T06:00:02.250Z', bytes = 700000, rows = 9000 WHERE id = 8;
UPDATE task SET state = 'failed', finished_at = '2026-03-02T06:00:01.500Z', bytes = 4096,
       error = 'copy public."Odd name": write target: invalid byte sequence for encoding "UTF8": 0xe9 (SQLSTATE 22021): COPY Odd name, line 7, column note',
       hint = 'mend the value on the source, or create the target database with the encoding of the source' WHERE id = 7;
UPDATE task SET state = 'running', run_id = 2, attempt = 1, worker = 'index ' || (id - 8), started_at = '2026-03-02T06:01:02.000Z' WHERE id IN (9, 10, 11);
UPDATE task SET state = 'done', finished_at = '2026-03-02T06:01:' || (id * 3) || '.000Z' WHERE id IN (9, 10, 11);
UPDATE task SET state = 'skipped', finished_at = '2026-03-02T06:00:01.500Z', error = 'needs copy-table public."Odd name", which failed' WHERE id IN (3, 13);
UPDATE task SET state = 'running', run_id = 2, attempt = 1, worker = 'vacuum 1', started_at = '2026-03-02T06:01:34.000Z' WHERE id IN (12, 14);
UPDATE task SET state = 'done', finished_at = '2026-03-02T06:01:50.000Z' WHERE id IN (12, 14);
