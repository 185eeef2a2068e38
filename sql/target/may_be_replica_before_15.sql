-- May the connected role set session_replication_role? Before 15 only a superuser may, and it cannot be granted.
SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user
