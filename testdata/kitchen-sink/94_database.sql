-- Properties of the database itself. Last, because the settings change every later session: they must neither change
-- what is copied (output formats) nor end the copy (timeouts).

DO $$
DECLARE
    db text := quote_ident(current_database());
BEGIN
    EXECUTE format('COMMENT ON DATABASE %s IS %L', db, E'the kitchen sink''s\n"database" \\ 漢字');
    EXECUTE format('GRANT CREATE ON DATABASE %s TO ks_owner', db);
    EXECUTE format('GRANT TEMPORARY ON DATABASE %s TO "ks Quoted.Role", "ks ""double"" quote" WITH GRANT OPTION', db);
    EXECUTE format('REVOKE CONNECT ON DATABASE %s FROM PUBLIC', db);
    EXECUTE format('GRANT CONNECT ON DATABASE %s TO ks_login, ks_reader', db);

    EXECUTE format('ALTER DATABASE %s SET search_path = "Upper Case", ks, "dot.ted.name", public', db);
    EXECUTE format('ALTER DATABASE %s SET "DateStyle" = ''SQL, DMY''', db);
    EXECUTE format('ALTER DATABASE %s SET "IntervalStyle" = ''sql_standard''', db);
    EXECUTE format('ALTER DATABASE %s SET "TimeZone" = ''Asia/Kathmandu''', db);
    EXECUTE format('ALTER DATABASE %s SET bytea_output = ''escape''', db);
    EXECUTE format('ALTER DATABASE %s SET extra_float_digits = -5', db);
    EXECUTE format('ALTER DATABASE %s SET xmloption = ''document''', db);
    EXECUTE format('ALTER DATABASE %s SET quote_all_identifiers = on', db);
    EXECUTE format('ALTER DATABASE %s SET idle_in_transaction_session_timeout = ''3s''', db);
    EXECUTE format('ALTER DATABASE %s SET lock_timeout = ''2s''', db);
    EXECUTE format('ALTER DATABASE %s SET statement_timeout = ''30s''', db);
    EXECUTE format('ALTER DATABASE %s SET default_transaction_isolation = ''serializable''', db);
    EXECUTE format('ALTER DATABASE %s SET default_table_access_method = ''heap''', db);
    EXECUTE format('ALTER DATABASE %s SET ks.custom_setting = %L', db, 'a "value", with ''quotes'' and \ backslash');
    EXECUTE format('ALTER DATABASE %s SET temp_tablespaces = ks_space, pg_default', db);

    EXECUTE format('ALTER ROLE ks_reader IN DATABASE %s SET default_transaction_read_only = on', db);
    EXECUTE format('ALTER ROLE ks_reader IN DATABASE %s SET search_path = "$user", ks', db);
    EXECUTE format('ALTER ROLE "ks Quoted.Role" IN DATABASE %s SET work_mem = ''12MB''', db);
    EXECUTE format('ALTER ROLE "ks ""double"" quote" IN DATABASE %s SET statement_timeout = ''1h''', db);
    EXECUTE format('ALTER ROLE "ks''single" IN DATABASE %s SET log_min_messages = ''error''', db);
END
$$;
