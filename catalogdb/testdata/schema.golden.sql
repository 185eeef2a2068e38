CREATE TABLE archive_batch_need (
    batch       INTEGER NOT NULL,
    needs_batch INTEGER NOT NULL,
    PRIMARY KEY (batch, needs_batch)
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_entry (
    dump_id     INTEGER PRIMARY KEY,
    position    INTEGER NOT NULL UNIQUE,       -- order in pg_restore's own script
    section     TEXT NOT NULL CHECK (section IN ('pre-data','post-data')),
    description TEXT NOT NULL,                 -- TABLE, INDEX, FK CONSTRAINT, ...
    catalog_oid INTEGER NOT NULL,              -- pg_class and friends; 0 when the entry is no object of its own
    object_oid  INTEGER NOT NULL,
    schema      TEXT NOT NULL,
    name        TEXT NOT NULL,
    owner       TEXT NOT NULL,
    tablespace  TEXT NOT NULL DEFAULT '',      -- where it comes to be on the target; '' is the database's default
    session     TEXT NOT NULL,                 -- other settings that hold for this entry only
    sql         TEXT NOT NULL,
    riders      INTEGER NOT NULL DEFAULT 0,    -- statements behind the first: CLUSTER ON, REPLICA IDENTITY, statistics targets
    batch       INTEGER NOT NULL DEFAULT 0,    -- pre-data: entries of one batch share a transaction, in order
    done_by     TEXT NOT NULL DEFAULT ''       -- the step that does it; '' when it is left out
) STRICT;

CREATE TABLE archive_need (
    dump_id  INTEGER NOT NULL,
    needs_id INTEGER NOT NULL,
    PRIMARY KEY (dump_id, needs_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cluster_database (
    oid              INTEGER PRIMARY KEY,
    name             TEXT NOT NULL UNIQUE,
    owner            TEXT NOT NULL,
    bytes            INTEGER NOT NULL,         -- pg_database_size, -1 when the role may not ask
    dir              TEXT NOT NULL UNIQUE,     -- its work directory, below that of this catalog
    encoding         TEXT NOT NULL,
    provider         TEXT NOT NULL,            -- pg_database.datlocprovider: c (libc), i (ICU), b (builtin)
    lc_collate       TEXT NOT NULL,
    lc_ctype         TEXT NOT NULL,
    locale           TEXT NOT NULL,            -- of ICU and builtin
    icu_rules        TEXT NOT NULL,
    tablespace       TEXT NOT NULL,
    connection_limit INTEGER NOT NULL          -- -1: none
) STRICT;

CREATE TABLE constraint_need (
    constraint_oid INTEGER NOT NULL,
    catalog_oid    INTEGER NOT NULL,
    object_oid     INTEGER NOT NULL,
    PRIMARY KEY (constraint_oid, catalog_oid, object_oid)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_model (
    step   TEXT NOT NULL,
    kind   TEXT NOT NULL DEFAULT '',           -- of an index: its access method; of a copy: its format
    fixed  REAL NOT NULL,
    per_mb REAL NOT NULL,
    PRIMARY KEY (step, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE database_property (
    position INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL CHECK (kind IN ('setting','role-setting','comment','acl')),
    role     TEXT NOT NULL,
    name     TEXT NOT NULL,
    value    TEXT NOT NULL,
    granted_by TEXT NOT NULL
) STRICT;

CREATE TABLE epoch (
    id         INTEGER PRIMARY KEY,
    first_seq  INTEGER NOT NULL,               -- of the spool
    last_seq   INTEGER NOT NULL,
    begins_at  TEXT NOT NULL,                  -- origin before
    ends_at    TEXT NOT NULL,                  -- origin after
    transactions INTEGER NOT NULL,
    counts     TEXT NOT NULL DEFAULT '{}',     -- JSON: table -> [inserts, updates, deletes, truncates], as applied
    state      TEXT NOT NULL DEFAULT 'planned' CHECK (state IN ('planned','applied')),
    planned_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
) STRICT;

CREATE TABLE extension (
    oid     INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    schema  TEXT NOT NULL,
    version TEXT NOT NULL
) STRICT;

CREATE TABLE extension_config (
    extension_oid INTEGER NOT NULL,
    rel_oid       INTEGER NOT NULL,
    schema        TEXT NOT NULL,
    name          TEXT NOT NULL,
    kind          TEXT NOT NULL,               -- r or S
    condition     TEXT NOT NULL,               -- pg_extension.extcondition
    depth         INTEGER NOT NULL,            -- referenced tables first
    last_value    INTEGER,                     -- of a configuration sequence
    is_called     INTEGER,
    PRIMARY KEY (extension_oid, rel_oid)
) STRICT, WITHOUT ROWID;

CREATE TABLE extension_grant (
    extension_oid INTEGER NOT NULL,
    schema        TEXT NOT NULL,
    tag           TEXT NOT NULL,               -- goes on when it ends with ( or .
    PRIMARY KEY (schema, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE filter_match (
    section     TEXT NOT NULL,                 -- of the filter file
    catalog_oid INTEGER NOT NULL,              -- 2615 pg_namespace, 1259 pg_class, 2606 pg_constraint, 3079 pg_extension
    object_oid  INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    schema      TEXT NOT NULL,
    name        TEXT NOT NULL,
    rule        TEXT NOT NULL,                 -- section, entry, file and line
    is_literal  INTEGER NOT NULL,              -- the entry is a name, not a regular expression
    part_of     TEXT NOT NULL,
    PRIMARY KEY (section, catalog_oid, object_oid)
) STRICT, WITHOUT ROWID;

CREATE TABLE follow_rate (
    second           INTEGER PRIMARY KEY,      -- since 1970
    received_changes INTEGER NOT NULL DEFAULT 0,
    received_bytes   INTEGER NOT NULL DEFAULT 0,
    applied_changes  INTEGER NOT NULL DEFAULT 0,
    applied_bytes    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE found_empty (
    oid           INTEGER PRIMARY KEY,
    schema        TEXT NOT NULL,
    name          TEXT NOT NULL,
    read_at       TEXT NOT NULL,               -- LSN of the source when it was copied
    truncated_seq INTEGER                      -- the transaction of the spool with the TRUNCATE, once apply has met it
) STRICT;

CREATE TABLE hidden_need (
    catalog_oid INTEGER NOT NULL,
    object_oid  INTEGER NOT NULL,
    is_owned    INTEGER NOT NULL,              -- a sequence that it owns: that can do without
    needs_oid   INTEGER NOT NULL,
    PRIMARY KEY (catalog_oid, object_oid)
) STRICT, WITHOUT ROWID;

CREATE TABLE hidden_relation (
    oid    INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL CHECK (kind IN ('TABLE','SEQUENCE')),
    schema TEXT NOT NULL,
    name   TEXT NOT NULL,
    rule   TEXT NOT NULL
) STRICT;

CREATE TABLE large_object_batch (
    number    INTEGER PRIMARY KEY,
    first_oid INTEGER NOT NULL,
    last_oid  INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    bytes     INTEGER NOT NULL                 -- estimate
) STRICT;

CREATE TABLE ledger_applied (
    table_name TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('applied','skipped')),
    reason     TEXT NOT NULL DEFAULT '',       -- why it was skipped
    inserts    INTEGER NOT NULL DEFAULT 0,
    updates    INTEGER NOT NULL DEFAULT 0,
    deletes    INTEGER NOT NULL DEFAULT 0,
    truncates  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (table_name, kind, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_received (
    file       INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    inserts    INTEGER NOT NULL,
    updates    INTEGER NOT NULL,
    deletes    INTEGER NOT NULL,
    truncates  INTEGER NOT NULL,
    PRIMARY KEY (file, table_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
    table_oid  INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    condition  TEXT NOT NULL,                  -- SQL, without WHERE
    pages      INTEGER NOT NULL,
    PRIMARY KEY (table_oid, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE replication (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    slot              TEXT NOT NULL,
    plugin            TEXT NOT NULL CHECK (plugin IN ('pgoutput','test_decoding','wal2json')),
    publication       TEXT NOT NULL,           -- '' where the plugin has none
    publication_ours  INTEGER NOT NULL CHECK (publication_ours IN (0, 1)),
    origin            TEXT NOT NULL,
    starts_at         TEXT,                    -- the slot's consistent point, which the snapshot of the copy shows
    system_identifier TEXT NOT NULL DEFAULT '', -- of the source when the slot was made; '' until then
    timeline          INTEGER NOT NULL DEFAULT 0 -- of the source, likewise; a failover that loses nothing replaces it
) STRICT;

CREATE TABLE routed_root (
    oid    INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
) STRICT;

CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    command     TEXT NOT NULL,                 -- the command line, without passwords
    version     TEXT NOT NULL,                 -- of pgcopy
    host        TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    workflow    TEXT NOT NULL,                 -- the list of steps it was asked to run
    snapshot    TEXT,                          -- the exported snapshot it read under
    started_at  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    ended_at    TEXT,
    outcome     TEXT NOT NULL DEFAULT 'running'
                CHECK (outcome IN ('running','done','failed','interrupted','crashed')),
    note        TEXT,                          -- why it ended as it did, in one sentence
    CHECK ((outcome = 'running') = (ended_at IS NULL))
) STRICT;

CREATE TABLE sentinel (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    startpos   TEXT,                           -- pg_lsn text, like all positions
    endpos     TEXT,                           -- transactions that commit at or before it are applied, none after
    prefetch   INTEGER NOT NULL DEFAULT 1 CHECK (prefetch IN (0, 1)), -- receive into the spool
    apply      INTEGER NOT NULL DEFAULT 0 CHECK (apply IN (0, 1)),    -- apply from the spool
    write_lsn  TEXT,                           -- received
    flush_lsn  TEXT,                           -- durable in the spool, and so confirmed to the source
    replay_lsn TEXT,                           -- committed on the target
    source_lsn TEXT,                           -- how far the source's WAL was when it last said so
    replayed_at TEXT,                          -- commit time, on the source, of the last transaction applied; received_at when there is no other
    received_at TEXT,                          -- everything that was committed on the source by then is durable in the spool
    waits_for  TEXT,                           -- what a running apply waits for, for people
    updated_at TEXT
) STRICT;

CREATE TABLE sequence (
    oid        INTEGER PRIMARY KEY,
    schema     TEXT NOT NULL,
    name       TEXT NOT NULL,
    display    TEXT NOT NULL,
    last_value INTEGER NOT NULL,
    is_called  INTEGER NOT NULL,
    batch      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE setup (
    id                       INTEGER PRIMARY KEY CHECK (id = 1),
    source                   TEXT NOT NULL,    -- connection string without password
    target                   TEXT NOT NULL,
    source_system_identifier TEXT NOT NULL,    -- pg_control_system(); empty when the role may not read it
    target_system_identifier TEXT NOT NULL,
    source_database          TEXT NOT NULL,
    target_database          TEXT NOT NULL,
    source_database_oid      INTEGER NOT NULL,
    target_database_oid      INTEGER NOT NULL,
    source_version           INTEGER NOT NULL, -- server_version_num
    target_version           INTEGER NOT NULL,
    source_encoding          TEXT NOT NULL,
    target_encoding          TEXT NOT NULL,
    snapshot                 TEXT,             -- the exported snapshot, while it is held
    consistent               INTEGER NOT NULL DEFAULT 1 CHECK (consistent IN (0, 1)),
    filter_digest            TEXT NOT NULL DEFAULT '',
    options                  TEXT NOT NULL,    -- JSON, as first given
    target_started_at        TEXT NOT NULL DEFAULT '', -- postmaster start time: unlogged tables do not survive a crash
    created_at               TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
) STRICT;

CREATE TABLE skipped_object (
    id      INTEGER PRIMARY KEY,
    kind    TEXT NOT NULL,                     -- as the archive calls it: TABLE, INDEX, ...; TABLE DATA: only the rows
    oid     INTEGER NOT NULL,                  -- 0 when it has none
    schema  TEXT NOT NULL,
    name    TEXT NOT NULL,
    rule    TEXT NOT NULL,                     -- an option, or section and entry of the filter file
    via     TEXT NOT NULL DEFAULT '',          -- how the rule comes to it: what it needs that is left out; '' when it is meant itself
    dump_id INTEGER UNIQUE                     -- its entry in the archive, NULL when it has none
) STRICT;

CREATE TABLE source_column (
    table_oid INTEGER NOT NULL,
    num       INTEGER NOT NULL,
    name      TEXT NOT NULL,
    type_oid  INTEGER NOT NULL,
    type      TEXT NOT NULL,
    generated TEXT NOT NULL,
    identity  TEXT NOT NULL,
    not_null  INTEGER NOT NULL,
    PRIMARY KEY (table_oid, num)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_constraint (
    oid        INTEGER PRIMARY KEY,
    table_oid  INTEGER NOT NULL,
    index_oid  INTEGER NOT NULL,
    ref_table  INTEGER NOT NULL,
    name       TEXT NOT NULL,
    type       TEXT NOT NULL,                  -- pg_constraint.contype
    definition TEXT NOT NULL,                  -- pg_get_constraintdef
    is_deferrable INTEGER NOT NULL,
    is_deferred   INTEGER NOT NULL,
    is_validated  INTEGER NOT NULL,
    is_period     INTEGER NOT NULL
) STRICT;

CREATE TABLE source_index (
    oid            INTEGER PRIMARY KEY,
    table_oid      INTEGER NOT NULL,
    schema         TEXT NOT NULL,
    name           TEXT NOT NULL,
    display        TEXT NOT NULL,
    definition     TEXT NOT NULL,              -- pg_get_indexdef
    is_unique      INTEGER NOT NULL,
    is_primary     INTEGER NOT NULL,
    is_exclusion   INTEGER NOT NULL,
    is_partitioned INTEGER NOT NULL,
    is_valid       INTEGER NOT NULL,
    bytes          INTEGER NOT NULL,
    constraint_oid INTEGER NOT NULL            -- 0 when it backs none
) STRICT;

CREATE TABLE source_table (
    oid           INTEGER PRIMARY KEY,
    schema        TEXT NOT NULL,
    name          TEXT NOT NULL,
    display       TEXT NOT NULL,               -- schema.name, quoted where needed
    kind          TEXT NOT NULL CHECK (kind IN ('r','p','m')),        -- pg_class.relkind
    persistence   TEXT NOT NULL CHECK (persistence IN ('p','u')),     -- pg_class.relpersistence
    access_method TEXT NOT NULL,
    owner         TEXT NOT NULL,
    pages         INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,            -- pg_table_size: with TOAST
    row_estimate  REAL NOT NULL,               -- pg_class.reltuples, -1 when never analyzed
    parent_oid    INTEGER NOT NULL,            -- 0 when not a partition
    root_oid      INTEGER NOT NULL,
    populated     INTEGER NOT NULL,
    key_column    TEXT NOT NULL,               -- single-column integer key, '' when none
    key_not_null  INTEGER NOT NULL,
    copy_columns  TEXT NOT NULL DEFAULT '',    -- quoted, comma separated, generated ones left out
    copy_method   TEXT NOT NULL DEFAULT 'whole' CHECK (copy_method IN ('whole','ctid','key')),
    copy_reason   TEXT NOT NULL DEFAULT '',    -- why it is copied this way
    copy_format   TEXT NOT NULL DEFAULT '' CHECK (copy_format IN ('','binary','text')),  -- of COPY; '' when it has no rows of its own
    format_reason TEXT NOT NULL DEFAULT '',    -- why its rows travel so
    UNIQUE (schema, name)
) STRICT;

CREATE TABLE source_type (
    oid     INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    form    TEXT NOT NULL,                     -- int4, array int4, enum, hstore (extension hstore 1.8), ...
    verdict TEXT NOT NULL CHECK (verdict IN ('safe','caution','never')),  -- caution: only when binary was asked for
    reason  TEXT NOT NULL                      -- why not safe
) STRICT;

CREATE TABLE step (
    name     TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    kind     TEXT NOT NULL,                    -- what people call it: table data, index, ...
    pool     TEXT NOT NULL                     -- which workers run it
) STRICT, WITHOUT ROWID;

CREATE TABLE step_state (
    step     TEXT NOT NULL REFERENCES step (name),
    state    TEXT NOT NULL,
    tasks    INTEGER NOT NULL DEFAULT 0,
    bytes    INTEGER NOT NULL DEFAULT 0,       -- sent so far
    size     INTEGER NOT NULL DEFAULT 0,       -- expected
    first_at TEXT,                             -- when a task first came into this state
    last_at  TEXT,                             -- when one last did
    PRIMARY KEY (step, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
    id          INTEGER PRIMARY KEY,
    step        TEXT NOT NULL REFERENCES step (name),
    oid         INTEGER NOT NULL,              -- of the source object, dump id, or batch; 0 when none
    part        INTEGER NOT NULL DEFAULT 0,
    subject     TEXT NOT NULL,                 -- for people
    pool        TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending','running','done','failed','skipped')),
    blocked_by  INTEGER NOT NULL DEFAULT 0 CHECK (blocked_by >= 0),
    priority    INTEGER NOT NULL DEFAULT 0,    -- the highest first: the expected microseconds of this and of the longest that waits for it
    cost        INTEGER NOT NULL DEFAULT 0 CHECK (cost >= 0), -- expected microseconds, by cost_model
    size        INTEGER NOT NULL DEFAULT 0,    -- expected bytes, for progress and ETA
    attempt     INTEGER NOT NULL DEFAULT 0,
    not_before  TEXT,                          -- delayed after a transient error
    troubled_at TEXT,                          -- first transient error of the current trouble
    run_id      INTEGER REFERENCES run (id),
    worker      TEXT,
    target_xid  INTEGER,                       -- transaction on the target, recorded before its first byte
    bytes       INTEGER NOT NULL DEFAULT 0,    -- sent so far
    rows        INTEGER NOT NULL DEFAULT 0,
    started_at  TEXT,
    finished_at TEXT,
    error       TEXT,
    hint        TEXT,
    UNIQUE (step, oid, part),
    CHECK (state <> 'running' OR (run_id IS NOT NULL AND started_at IS NOT NULL AND blocked_by = 0)),
    CHECK (state <> 'done' OR (finished_at IS NOT NULL AND blocked_by = 0)),
    CHECK (state NOT IN ('failed','skipped') OR error IS NOT NULL)
) STRICT;

CREATE TABLE task_attempt (
    task_id    INTEGER NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    attempt    INTEGER NOT NULL,
    run_id     INTEGER NOT NULL REFERENCES run (id),
    worker     TEXT,
    outcome    TEXT NOT NULL CHECK (outcome IN ('crashed','failed','put back')), -- crashed: its process ended without a word
    target_xid INTEGER,                        -- an earlier attempt's when this one came to none
    bytes      INTEGER NOT NULL,               -- sent, as last stored
    started_at TEXT NOT NULL,
    ended_at   TEXT,                           -- of a crashed one nobody knows
    error      TEXT,
    PRIMARY KEY (task_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE task_need (
    task_id    INTEGER NOT NULL REFERENCES task (id),
    needs_id   INTEGER NOT NULL REFERENCES task (id),
    order_only INTEGER NOT NULL DEFAULT 0, -- it comes behind that, but can be done without: a failure does not skip it
    PRIMARY KEY (task_id, needs_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_entry_batch ON archive_entry (batch, position);

CREATE INDEX archive_entry_object ON archive_entry (catalog_oid, object_oid);

CREATE INDEX archive_need_needs ON archive_need (needs_id);

CREATE INDEX skipped_object_kind ON skipped_object (kind, oid);

CREATE INDEX source_constraint_table ON source_constraint (table_oid);

CREATE INDEX source_index_table ON source_index (table_oid);

CREATE INDEX source_table_parent ON source_table (parent_oid) WHERE parent_oid <> 0;

CREATE INDEX task_claim ON task (pool, priority DESC, id) WHERE state = 'pending' AND blocked_by = 0;

CREATE INDEX task_delayed ON task (not_before) WHERE state = 'pending' AND blocked_by = 0 AND not_before IS NOT NULL;

CREATE INDEX task_failed ON task (id) WHERE state IN ('failed','skipped');

CREATE INDEX task_need_needs ON task_need (needs_id, task_id);

CREATE INDEX task_running ON task (id) WHERE state = 'running';

CREATE INDEX task_target_xid ON task (target_xid) WHERE target_xid IS NOT NULL;

CREATE INDEX task_troubled ON task (id) WHERE troubled_at IS NOT NULL;

CREATE TRIGGER step_added AFTER INSERT ON step BEGIN
    INSERT INTO step_state (step, state)
    VALUES (NEW.name, 'pending'), (NEW.name, 'running'), (NEW.name, 'done'), (NEW.name, 'failed'), (NEW.name, 'skipped');
END;

CREATE TRIGGER task_added AFTER INSERT ON task BEGIN
    UPDATE step_state SET tasks = tasks + 1, bytes = bytes + NEW.bytes, size = size + NEW.size
     WHERE step = NEW.step AND state = NEW.state;
END;

CREATE TRIGGER task_ended AFTER UPDATE OF state ON task WHEN OLD.state = 'running' AND NEW.state IN ('pending','failed') BEGIN
    INSERT INTO task_attempt (task_id, attempt, run_id, worker, outcome, target_xid, bytes, started_at, ended_at, error)
    VALUES (OLD.id, OLD.attempt, OLD.run_id, OLD.worker,
            CASE WHEN NEW.state = 'failed' THEN 'failed' WHEN NEW.finished_at IS NULL THEN 'crashed' ELSE 'put back' END,
            OLD.target_xid, NEW.bytes, OLD.started_at, NEW.finished_at, NEW.error)
        ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER task_moved AFTER UPDATE OF state ON task WHEN OLD.state <> NEW.state BEGIN
    UPDATE step_state SET tasks = tasks - 1, bytes = bytes - OLD.bytes, size = size - OLD.size
     WHERE step = OLD.step AND state = OLD.state;
    UPDATE step_state SET tasks = tasks + 1, bytes = bytes + NEW.bytes, size = size + NEW.size,
           first_at = coalesce(first_at, CASE NEW.state WHEN 'running' THEN NEW.started_at ELSE NEW.finished_at END),
           last_at = CASE NEW.state WHEN 'running' THEN NEW.started_at ELSE NEW.finished_at END
     WHERE step = NEW.step AND state = NEW.state;
END;

CREATE TRIGGER task_removed AFTER DELETE ON task BEGIN
    UPDATE step_state SET tasks = tasks - 1, bytes = bytes - OLD.bytes, size = size - OLD.size
     WHERE step = OLD.step AND state = OLD.state;
END;

CREATE TRIGGER task_sent AFTER UPDATE OF bytes, size ON task WHEN OLD.state = NEW.state BEGIN
    UPDATE step_state SET bytes = bytes + NEW.bytes - OLD.bytes, size = size + NEW.size - OLD.size
     WHERE step = NEW.step AND state = NEW.state;
END;

CREATE VIEW calling_entry AS
WITH RECURSIVE up (dump_id, at) AS (
    SELECT dump_id, dump_id FROM archive_entry WHERE catalog_oid IN (2617, 2616, 2753, 2605, 1247)
     UNION
    SELECT u.dump_id, d.needs_id FROM up u CROSS JOIN archive_entry a ON a.dump_id = u.at AND a.catalog_oid IN (2617, 2616, 2753, 2605, 1247)
     CROSS JOIN archive_need d ON d.dump_id = u.at
)
SELECT dump_id, catalog_oid FROM archive_entry WHERE catalog_oid = 1255
 UNION
SELECT e.dump_id, e.catalog_oid FROM up u CROSS JOIN archive_entry f ON f.dump_id = u.at AND f.catalog_oid = 1255 CROSS JOIN archive_entry e ON e.dump_id = u.dump_id;

CREATE VIEW estimates AS
SELECT t.step, count(*) AS tasks, round(sum(t.cost) / 1e6, 3) AS expected_seconds, round(sum(tt.seconds), 3) AS seconds,
       round(sum(tt.seconds) / nullif(sum(t.cost) / 1e6, 0), 2) AS ratio,
       max(CASE WHEN t.cost >= 100000 THEN round(tt.seconds / (t.cost / 1e6), 2) END) AS worst_ratio -- of those expected to take a tenth of a second
  FROM task t JOIN task_time tt ON tt.id = t.id
 WHERE t.state = 'done' AND t.cost > 0
 GROUP BY t.step
 ORDER BY seconds DESC;

CREATE VIEW failures AS
SELECT id, step, subject, state, attempt, error, hint, finished_at
  FROM task
 WHERE state IN ('failed','skipped')
 ORDER BY state, id;

CREATE VIEW kind_progress AS
SELECT kind, total, pending, running, done, failed, skipped, bytes, size, size_done, percent, seconds, bytes_per_second, eta_seconds
  FROM progress_row WHERE level = 'kind' ORDER BY position;

CREATE VIEW last_entry AS
SELECT dump_id, description FROM archive_entry WHERE description IN ('DEFAULT ACL', 'EVENT TRIGGER')
 UNION
SELECT d.dump_id, e.description FROM archive_need d JOIN archive_entry e ON e.dump_id = d.needs_id WHERE e.description IN ('DEFAULT ACL', 'EVENT TRIGGER');

CREATE VIEW ledger AS
SELECT table_name, sum(received) AS received, sum(applied) AS applied, sum(skipped) AS skipped,
       sum(received) - sum(applied) - sum(skipped) AS open
  FROM (SELECT table_name, inserts + updates + deletes + truncates AS received, 0 AS applied, 0 AS skipped FROM ledger_received
         UNION ALL
        SELECT table_name, 0, CASE kind WHEN 'applied' THEN inserts + updates + deletes + truncates ELSE 0 END,
               CASE kind WHEN 'skipped' THEN inserts + updates + deletes + truncates ELSE 0 END FROM ledger_applied)
 GROUP BY table_name
 ORDER BY table_name;

CREATE VIEW overall AS
SELECT total, pending, running, done, failed, skipped, bytes, size, size_done, percent, seconds, bytes_per_second, eta_seconds
  FROM progress_row WHERE level = 'all';

CREATE VIEW progress AS
SELECT step, kind, pool, total, pending, running, done, failed, skipped, bytes, size, size_done, percent, seconds,
       bytes_per_second, eta_seconds
  FROM progress_row WHERE level = 'step' ORDER BY position;

CREATE VIEW progress_row AS
WITH running AS (
    SELECT step, sum(min(bytes, size)) AS size_done FROM task INDEXED BY task_running WHERE state = 'running' GROUP BY step
), s AS (
    SELECT step.position, step.name AS step, step.kind, step.pool,
           sum(x.tasks) AS total,
           sum(x.tasks) FILTER (WHERE x.state = 'pending') AS pending, sum(x.tasks) FILTER (WHERE x.state = 'running') AS running,
           sum(x.tasks) FILTER (WHERE x.state = 'done') AS done, sum(x.tasks) FILTER (WHERE x.state = 'failed') AS failed,
           sum(x.tasks) FILTER (WHERE x.state = 'skipped') AS skipped,
           sum(x.bytes) AS bytes, sum(x.size) AS size,
           sum(x.size) FILTER (WHERE x.state = 'done') + coalesce(max(running.size_done), 0) AS size_done,
           min(x.first_at) FILTER (WHERE x.state <> 'pending') AS started_at,
           max(x.last_at) FILTER (WHERE x.state IN ('done','failed')) AS finished_at
      FROM step JOIN step_state x ON x.step = step.name LEFT JOIN running ON running.step = step.name
     GROUP BY step.name
    HAVING sum(x.tasks) > 0
), l AS (
    SELECT 'step' AS level, * FROM s
     UNION ALL
    SELECT 'kind', min(position), NULL, kind, NULL, sum(total), sum(pending), sum(running), sum(done), sum(failed), sum(skipped),
           sum(bytes), sum(size), sum(size_done), min(started_at), max(finished_at)
      FROM s GROUP BY kind
     UNION ALL
    -- time counts from the first task that has a size: what came before says nothing about the rate
    SELECT 'all', 0, NULL, NULL, NULL, sum(total), sum(pending), sum(running), sum(done), sum(failed), sum(skipped),
           sum(bytes), sum(size), sum(size_done),
           coalesce(min(started_at) FILTER (WHERE size > 0), min(started_at)), max(finished_at)
      FROM s HAVING count(*) > 0
), d AS (
    SELECT l.*,
           (SELECT sum(max(0.0, julianday(min(coalesce(run.ended_at, strftime('%Y-%m-%dT%H:%M:%fZ','now')),
                                              CASE WHEN l.pending + l.running = 0 THEN l.finished_at
                                                   ELSE strftime('%Y-%m-%dT%H:%M:%fZ','now') END))
                              - julianday(max(run.started_at, l.started_at)))) * 86400.0
              FROM run) AS seconds
      FROM l
)
SELECT level, position, step, kind, pool, total, pending, running, done, failed, skipped, bytes, size, size_done,
       CASE WHEN done = total THEN 100.0
            WHEN size > 0 THEN min(99.9, round(100.0 * size_done / size, 1))
            ELSE min(99.9, round(100.0 * done / total, 1)) END AS percent,
       round(seconds, 3) AS seconds,
       CASE WHEN seconds > 0 AND bytes > 0 THEN CAST(bytes / seconds AS INTEGER) END AS bytes_per_second,
       CASE WHEN pending + running = 0 THEN 0
            WHEN seconds > 0 AND size_done > 0 THEN CAST(seconds * (size - size_done) / size_done AS INTEGER)
            WHEN seconds > 0 AND done > 0 AND size = 0 THEN CAST(seconds * (total - done) / done AS INTEGER) END AS eta_seconds
  FROM d;

CREATE VIEW retries AS
SELECT id, step, subject, attempt, error, hint, not_before
  FROM task
 WHERE troubled_at IS NOT NULL AND state = 'pending'
 ORDER BY not_before, id;

CREATE VIEW row_root AS
SELECT s.oid, s.schema, s.name, s.display FROM routed_root r CROSS JOIN source_table s ON s.oid = r.oid
 WHERE NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE' AND k.oid = s.oid);

CREATE VIEW slowest_tasks AS
SELECT tt.seconds, t.step, t.subject, t.bytes, t.rows, t.attempt
  FROM task t JOIN task_time tt ON tt.id = t.id
 WHERE t.state = 'done'
 ORDER BY tt.seconds DESC
 LIMIT 20;

CREATE VIEW table_progress AS
SELECT st.oid, st.display AS table_name, st.copy_method, st.copy_format,
       max(1, sum(t.part > 0)) AS parts,
       sum(t.state = 'done' AND (t.part > 0 OR t.pool <> 'barrier')) AS parts_done,
       sum(t.bytes) AS bytes, sum(t.rows) AS rows, round(coalesce(sum(tt.seconds), 0.0), 3) AS copy_seconds,
       min(t.state = 'done') AS complete,
       -- CROSS JOIN keeps the order: a table's indexes first, and the task of each by its key. SQLite would begin with all tasks of the step.
       (SELECT count(*) FROM source_index x CROSS JOIN task c ON c.step = 'create-index' AND c.oid = x.oid
         WHERE x.table_oid = st.oid) AS indexes,
       (SELECT round(coalesce(sum(ct.seconds), 0.0), 3) FROM source_index x CROSS JOIN task c ON c.step = 'create-index' AND c.oid = x.oid
          CROSS JOIN task_time ct ON ct.id = c.id WHERE x.table_oid = st.oid) AS index_seconds
  FROM source_table st
  JOIN task t ON t.oid = st.oid AND t.step IN ('copy-table','copy-part')
  JOIN task_time tt ON tt.id = t.id
 GROUP BY st.oid
 ORDER BY bytes DESC, st.bytes DESC, st.oid;

CREATE VIEW task_time AS
SELECT id, step, subject, state,
       CASE WHEN started_at IS NULL THEN NULL
            ELSE max(0.0, (julianday(coalesce(finished_at, strftime('%Y-%m-%dT%H:%M:%fZ','now'))) - julianday(started_at)) * 86400.0)
       END AS seconds
  FROM task;

CREATE VIEW workers AS
SELECT w.worker, w.step, f.subject || CASE WHEN w.tasks > 1 THEN ' and ' || (w.tasks - 1) || ' more' ELSE '' END AS subject,
       w.bytes, w.size, w.rows, w.attempt, w.seconds
  FROM (SELECT t.worker, t.step, min(t.id) AS first, count(*) AS tasks, sum(t.bytes) AS bytes, sum(t.size) AS size, sum(t.rows) AS rows,
               max(t.attempt) AS attempt, round(max(tt.seconds), 3) AS seconds
          FROM task t JOIN task_time tt ON tt.id = t.id
         WHERE t.state = 'running'
         GROUP BY t.run_id, t.worker, t.step) w
  JOIN task f ON f.id = w.first
 ORDER BY f.pool, length(w.worker), w.worker;
