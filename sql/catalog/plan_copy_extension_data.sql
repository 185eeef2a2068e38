INSERT INTO task (step, oid, subject, pool)
SELECT 'copy-extension-data', oid, name, 'copy' FROM extension
 WHERE oid IN (SELECT extension_oid FROM extension_config)
   AND name NOT IN (SELECT k.name FROM skipped_object k WHERE k.kind = 'EXTENSION')
ON CONFLICT DO NOTHING;
