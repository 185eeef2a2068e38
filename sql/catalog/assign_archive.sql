-- Which step does which entry of the dump's table of contents. Indexes and constraints are told by OID, not by text.
-- 1259 is pg_class, 2606 is pg_constraint (their OIDs are fixed in the server's headers).
UPDATE archive_entry
   SET done_by = CASE
         WHEN section = 'pre-data' THEN 'restore-pre-data'
         WHEN catalog_oid = 1259 AND object_oid IN (SELECT oid FROM source_index) THEN 'create-index'
         WHEN catalog_oid = 2606 AND object_oid IN (SELECT oid FROM source_constraint WHERE type IN ('p','u','x')) THEN 'add-constraint'
         WHEN catalog_oid = 2606 AND object_oid IN (SELECT oid FROM source_constraint WHERE type = 'f') THEN 'add-foreign-key'
         WHEN description = 'MATERIALIZED VIEW DATA' THEN 'refresh-materialized-view'
         ELSE 'restore-post-data'
       END
 WHERE NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = archive_entry.dump_id);
