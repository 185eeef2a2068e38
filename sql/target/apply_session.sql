-- Settings of a session that applies changes; those that this server does not know are left out.
SELECT pg_catalog.set_config(s.name, s.value, false)
  FROM (SELECT pg_catalog.unnest($1::pg_catalog.text[]) AS name, pg_catalog.unnest($2::pg_catalog.text[]) AS value) AS s
 WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL
