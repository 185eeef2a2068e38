-- What a server says about itself and about the session's database.
SELECT pg_catalog.current_setting('server_version_num')::int,
       pg_catalog.current_setting('server_version'),
       d.oid::bigint,
       d.datname::text,
       pg_catalog.pg_encoding_to_char(d.encoding)::text,
       d.datcollate::text,
       d.datctype::text,
       -- how strings are ordered: the provider came with 15, its locale has had two names since
       coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') || ':' ||
           coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale', d.datcollate::text),
       pg_catalog.pg_is_in_recovery(),
       pg_catalog.pg_postmaster_start_time(),
       session_user::text,
       current_user::text,
       coalesce((SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user), false),
       pg_catalog.current_setting('block_size')::int,
       pg_catalog.current_setting('max_locks_per_transaction')::int,
       pg_catalog.current_setting('max_connections')::int,
       pg_catalog.current_setting('max_prepared_transactions')::int,
       coalesce(pg_catalog.host(pg_catalog.inet_server_addr()), ''),
       coalesce(pg_catalog.inet_server_port(), 0),
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
  FROM pg_catalog.pg_database d
 WHERE d.datname = pg_catalog.current_database()
