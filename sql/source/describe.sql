-- One table by schema and name, a row for each of its columns, dropped ones left out, in their order; a table without columns is one row
-- with a column number of 0. The last column says whether it is part of what the server logs of an old row: the key columns of the index
-- that is the replica identity (RelationGetIndexList and RelationGetIdentityKeyBitmap of relcache.c), or all with REPLICA IDENTITY FULL.
-- What a server is too old for is read by way of jsonb: attidentity came with 10, attgenerated with 12, indnkeyatts with 11.
SELECT c.oid,
       c.relreplident::pg_catalog.text,
       coalesce(a.attnum, 0::pg_catalog.int2),
       coalesce(a.attname::pg_catalog.text, ''),
       coalesce(a.atttypid, 0::pg_catalog.oid),
       coalesce(pg_catalog.format_type(a.atttypid, NULL), ''),
       coalesce(pg_catalog.to_jsonb(a) ->> 'attgenerated', ''),
       coalesce(pg_catalog.to_jsonb(a) ->> 'attidentity', ''),
       coalesce(a.attnotnull, false),
       a.attnum IS NOT NULL AND (c.relreplident = 'f' OR EXISTS (
         SELECT 1
         FROM pg_catalog.pg_index i,
              pg_catalog.generate_series(0, coalesce((pg_catalog.to_jsonb(i) ->> 'indnkeyatts')::pg_catalog.int4, i.indnatts) - 1) k
         WHERE i.indrelid = c.oid AND i.indisvalid AND i.indisunique AND i.indimmediate AND i.indpred IS NULL
           AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident)
           AND i.indkey[k] = a.attnum))
FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY a.attnum
