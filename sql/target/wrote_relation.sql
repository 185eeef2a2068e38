-- Was the transaction $3 the last to write the row of pg_class for relation $2 of schema $1?
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = $1 AND c.relname = $2 AND c.xmin = $3::pg_catalog.xid)
