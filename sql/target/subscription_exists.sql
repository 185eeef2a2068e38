-- Does the database have a subscription named $1? Only superusers may read all of pg_subscription.
SELECT EXISTS (SELECT FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d ON d.oid = s.subdbid
                WHERE s.subname = $1 AND d.datname = pg_catalog.current_database())
