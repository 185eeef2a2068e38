-- How many pieces of the source's data are not copied yet, planned or not.
SELECT (SELECT count(*) FROM source_table s
         WHERE s.kind = 'r' AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE DATA' AND k.oid = s.oid)
           AND NOT EXISTS (SELECT 1 FROM task t WHERE t.step = 'copy-table' AND t.oid = s.oid AND t.part = 0 AND t.state = 'done'))
     + (SELECT count(*) FROM large_object_batch b
         WHERE NOT EXISTS (SELECT 1 FROM task t WHERE t.step = 'copy-large-objects' AND t.oid = 0 AND t.part = b.number AND t.state = 'done'))
     + (SELECT count(*) FROM extension x
         WHERE x.oid IN (SELECT extension_oid FROM extension_config)
           AND x.name NOT IN (SELECT k.name FROM skipped_object k WHERE k.kind = 'EXTENSION')
           AND NOT EXISTS (SELECT 1 FROM task t WHERE t.step = 'copy-extension-data' AND t.oid = x.oid AND t.part = 0 AND t.state = 'done'));
