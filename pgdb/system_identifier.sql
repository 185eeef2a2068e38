-- The number initdb gave the cluster; a standby has that of its primary.
SELECT system_identifier::text FROM pg_catalog.pg_control_system()
