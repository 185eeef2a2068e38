-- Roles of the kitchen sink. Roles belong to the cluster, not to the database: run this on the source AND on the
-- target server before anything else. Safe to run any number of times.
DO $$
DECLARE
    r text;
BEGIN
    FOREACH r IN ARRAY ARRAY[
        'ks_owner', 'ks_reader', 'ks_writer', 'ks_grantor',
        -- Names that need quotes: an owner with a space breaks parsers of pg_dump's text, a dot or a
        -- double quote breaks whoever splits or quotes by hand.
        'ks Quoted.Role', 'ks "double" quote', 'ks''single', 'ks_rôle', 'KS_UPPER', 'ks-dash,comma=equals',
        'ks_' || repeat('r', 60)
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', r);
        END IF;
    END LOOP;
    -- A role that can log in and owns the objects of a part of the database, without being superuser.
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'ks_login') THEN
        CREATE ROLE ks_login LOGIN;
    END IF;
END
$$;
