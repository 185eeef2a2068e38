-- What a comparison adds to the catalog of its own directory (DIR/compare/schema, DIR/compare/data). A clone's catalog has none of this.

-- What the clone in whose directory the comparison lies has left out, and by which rule.
CREATE TABLE IF NOT EXISTS compare_skip (
    kind   TEXT NOT NULL,                      -- as skipped_object has it: TABLE, TABLE DATA, INDEX, ...
    schema TEXT NOT NULL,
    name   TEXT NOT NULL,
    rule   TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS compare_skip_name ON compare_skip (schema, name);

-- compare schema: what each side's dump says, entry by entry ------------------------------------------------------

CREATE TABLE IF NOT EXISTS compare_entry (
    id         INTEGER PRIMARY KEY,
    side       TEXT NOT NULL CHECK (side IN ('source','target')),
    dump_id    INTEGER NOT NULL,               -- in that side's dump; 0 when it is not from there
    kind       TEXT NOT NULL,                  -- TABLE, INDEX, FK CONSTRAINT, SEQUENCE VALUE, ...
    schema     TEXT NOT NULL,
    name       TEXT NOT NULL,                  -- the dump's tag
    remark     TEXT NOT NULL DEFAULT '',       -- what the dump says of it beside its SQL: tablespace, access method
    definition TEXT NOT NULL DEFAULT '',       -- the SQL that would make it, and the remark
    nth        INTEGER NOT NULL DEFAULT 0,     -- tells apart what has the same name
    object_id  INTEGER                         -- what it was matched to
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS compare_entry_dump ON compare_entry (side, dump_id) WHERE dump_id > 0;
CREATE INDEX IF NOT EXISTS compare_entry_name ON compare_entry (side, kind, schema, name, nth);

CREATE TABLE IF NOT EXISTS compare_object (
    id         INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL,
    schema     TEXT NOT NULL,
    name       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('equal','different','only source','only target','left out')),
    source_id  INTEGER,                        -- compare_entry
    target_id  INTEGER,
    note       TEXT NOT NULL DEFAULT ''        -- the rule that left it out, or why it counts as equal
) STRICT;
CREATE INDEX IF NOT EXISTS compare_object_status ON compare_object (status);

-- compare data: the relations of each side, and the pairs they make -------------------------------------------------

CREATE TABLE IF NOT EXISTS compare_relation (
    side        TEXT NOT NULL CHECK (side IN ('source','target')),
    oid         INTEGER NOT NULL,
    schema      TEXT NOT NULL,
    name        TEXT NOT NULL,
    display     TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('r','p','m','l')),      -- pg_class.relkind; l: all large objects
    bytes       INTEGER NOT NULL,
    populated   INTEGER NOT NULL,
    root_oid    INTEGER NOT NULL DEFAULT 0,    -- of a partition
    routed      INTEGER NOT NULL DEFAULT 0,    -- 1: in a tree in which the same row may be in another partition on the other side
    condition   TEXT NOT NULL DEFAULT '',      -- of an extension's configuration table: which rows belong to the user
    key_columns TEXT NOT NULL DEFAULT '[]',    -- JSON: primary key, or a unique constraint without NULLs
    PRIMARY KEY (side, oid),
    UNIQUE (side, schema, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS compare_attribute (
    side     TEXT NOT NULL,
    oid      INTEGER NOT NULL,                 -- of the relation
    num      INTEGER NOT NULL,
    name     TEXT NOT NULL,
    type     TEXT NOT NULL,                    -- format_type()
    base_oid INTEGER NOT NULL,                 -- of the type below all domains
    elem_oid INTEGER NOT NULL,                 -- of an array's elements; 0
    domain   INTEGER NOT NULL,
    PRIMARY KEY (side, oid, num)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS compare_part (
    side      TEXT NOT NULL,
    oid       INTEGER NOT NULL,                -- of the relation
    number    INTEGER NOT NULL,
    count     INTEGER NOT NULL,
    condition TEXT NOT NULL,                   -- SQL, without WHERE
    rows      INTEGER,                         -- once it has been read
    sum_high  TEXT,                            -- sum over the rows of the upper 64 bits of their md5
    sum_low   TEXT,
    PRIMARY KEY (side, oid, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS compare_table (
    id            INTEGER PRIMARY KEY,
    schema        TEXT NOT NULL,
    name          TEXT NOT NULL,
    display       TEXT NOT NULL,
    source_oid    INTEGER NOT NULL,            -- 0 when that side has no such table
    target_oid    INTEGER NOT NULL,
    bytes         INTEGER NOT NULL,            -- of both sides
    -- pending: not compared yet, or it could not be (its task says why)
    status        TEXT NOT NULL DEFAULT 'pending'
                  CHECK (status IN ('pending','equal','different','only source','only target','left out')),
    note          TEXT NOT NULL DEFAULT '',    -- what differs beside the rows, the rule that left it out
    source_rows   INTEGER,
    target_rows   INTEGER,
    source_digest TEXT,
    target_digest TEXT,
    compared_at   TEXT,
    run_id        INTEGER,
    rows_differ   INTEGER NOT NULL DEFAULT 0,  -- rows that --rows found; compare_row has the first of them
    rows_complete INTEGER NOT NULL DEFAULT 0,  -- 1: those are all
    UNIQUE (schema, name)
) STRICT;
CREATE INDEX IF NOT EXISTS compare_table_source ON compare_table (source_oid) WHERE source_oid <> 0;
CREATE INDEX IF NOT EXISTS compare_table_target ON compare_table (target_oid) WHERE target_oid <> 0;

CREATE TABLE IF NOT EXISTS compare_row (
    table_id INTEGER NOT NULL REFERENCES compare_table (id),
    number   INTEGER NOT NULL,
    change   TEXT NOT NULL CHECK (change IN ('missing','extra','changed')), -- as seen from the target
    key      TEXT NOT NULL,                    -- JSON object of column name and value
    columns  TEXT NOT NULL DEFAULT '[]',       -- JSON: which columns of a changed row differ
    copies   INTEGER NOT NULL DEFAULT 1,       -- how many such rows, where rows have no key
    PRIMARY KEY (table_id, number)
) STRICT, WITHOUT ROWID;
