-- Has a table or domain of schema $1 a CHECK or NOT NULL constraint of its own that an archive calls $2: the owner's name, a blank, the constraint's?
-- (dumpConstraint in src/bin/pg_dump/pg_dump.c)
SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                 JOIN pg_catalog.pg_namespace n ON n.oid = k.connamespace
                 LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
                 LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
                WHERE n.nspname = $1 AND k.contype IN ('c','n') AND k.conislocal
                  AND coalesce(c.relname, t.typname)::pg_catalog.text || ' ' || k.conname::pg_catalog.text = $2)
