-- Whether database $1 is there, and role $2.
SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1), EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $2)
