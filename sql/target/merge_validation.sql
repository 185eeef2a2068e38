-- Hash joins are off until the transaction ends where the check of the foreign key $3 of $1.$2 is better off without: from version 16 on the planner
-- likes to hash the referencing rows and to probe them with each referenced one (Hash Right Anti Join), which misses the processor's caches. Where
-- those are many more, and their index can be read alone, sorting the few and merging takes less than half of that; but not when comparing takes
-- longer than hashing, as it does by the rules of a locale.
SELECT pg_catalog.set_config('enable_hashjoin', 'off', true)
FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class fk ON fk.oid = k.conrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = fk.relnamespace
     JOIN pg_catalog.pg_class pk ON pk.oid = k.confrelid
WHERE n.nspname = $1 AND fk.relname = $2 AND k.conname = $3
  AND pk.relkind = 'r' AND pk.relallvisible > 0.9 * pk.relpages
  AND fk.reltuples >= 0 AND pk.reltuples >= 4 * fk.reltuples AND pk.reltuples > 0
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) AND a.attcollation <> 0)
