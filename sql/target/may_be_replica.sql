-- May the connected role set session_replication_role?
SELECT r.rolsuper OR pg_catalog.has_parameter_privilege('session_replication_role', 'SET')
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
