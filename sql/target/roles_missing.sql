-- Which of the roles $1 do not exist.
SELECT u.name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS u (name)
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname = u.name)
ORDER BY u.name
