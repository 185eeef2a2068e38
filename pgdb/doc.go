// Package pgdb is what the two ends of a copy share when they talk to PostgreSQL.
//
// It owns four things:
//
//   - [Conninfo]: a user's connection string (URI, key=value, service files,
//     .pgpass, TLS as libpq knows them) from parsing to an established session,
//     and what pg_dump needs to reach the same server. No password leaves it in
//     a string, a log record or an error.
//   - [Session]: the settings that make a session read and write the same thing
//     on every server, applied without tripping over versions that do not know
//     one of them.
//   - [ClassOf], [Explain], [Retry]: what an error means for the work (again,
//     ask, give up) and for the person (what to do about it).
//   - [Relay]: one COPY from the source to the target as protocol frames, in
//     bounded memory.
//
// It leaves to callers what is said over the connections: transactions,
// snapshots, which statements, and which of them may be done again.
package pgdb
