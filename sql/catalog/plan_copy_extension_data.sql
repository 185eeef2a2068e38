INSERT INTO task (step, oid, subject, pool)
SELECT 'copy-extension-data', oid, name, 'copy' FROM extension WHERE oid IN (SELECT extension_oid FROM extension_config)
ON CONFLICT DO NOTHING;
