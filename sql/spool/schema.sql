-- A file of the spool: whole transactions of the source, in commit order, as the plugin sent them.
-- messages is a run of records: 4 bytes length, 8 bytes LSN (both big-endian), the message.

-- One row a transaction, written when its commit was received. seq is the commit order over all files.
CREATE TABLE txn (
    seq         INTEGER PRIMARY KEY,
    xid         INTEGER NOT NULL,
    commit_lsn  INTEGER NOT NULL,
    end_lsn     INTEGER NOT NULL UNIQUE,
    commit_time TEXT NOT NULL,
    changes     INTEGER NOT NULL,              -- rows inserted, updated, deleted; truncations
    bytes       INTEGER NOT NULL,
    stream      INTEGER,                       -- a large one: its messages are the chunks of this stream
    aborted     TEXT NOT NULL DEFAULT '',      -- subtransactions that were rolled back after their changes were stored
    messages    BLOB,                          -- a small one: all of them
    CHECK ((stream IS NULL) <> (messages IS NULL))
) STRICT;

-- Pieces of large transactions. They may be there before the commit is, and go when the transaction is rolled back.
CREATE TABLE chunk (
    stream   INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    messages BLOB NOT NULL,
    PRIMARY KEY (stream, n)
) STRICT, WITHOUT ROWID;

-- What the source said of a relation, and from which transaction on: a plugin says it once a session.
CREATE TABLE relation (
    rel_id  INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    message BLOB NOT NULL,
    PRIMARY KEY (rel_id, seq)
) STRICT, WITHOUT ROWID;

-- The ledger's left side: what was received, by table, counted while it was stored.
CREATE TABLE received (
    table_name TEXT PRIMARY KEY,
    inserts    INTEGER NOT NULL DEFAULT 0,
    updates    INTEGER NOT NULL DEFAULT 0,
    deletes    INTEGER NOT NULL DEFAULT 0,
    truncates  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- One row: how far the source's stream is stored, also where it held nothing for us.
CREATE TABLE position (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    lsn     INTEGER NOT NULL,
    seq     INTEGER NOT NULL,                  -- of the last transaction
    closed  INTEGER NOT NULL DEFAULT 0         -- 1: a later file goes on
) STRICT;
