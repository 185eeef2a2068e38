-- Apply the session's settings, leaving out those that this server does not know:
-- current_setting with missing_ok is NULL for them. The pid is the server's own word:
-- behind a pooler the one in the protocol is made up.
SELECT pg_catalog.set_config(s.name, s.value, false), pg_catalog.pg_backend_pid()::pg_catalog.text
  FROM (SELECT pg_catalog.unnest($1::pg_catalog.text[]) AS name,
               pg_catalog.unnest($2::pg_catalog.text[]) AS value) AS s
 WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL
