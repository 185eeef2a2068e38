-- A table in one part is copied by its copy-table task; one in many parts only waits for them.
INSERT INTO task (step, oid, subject, pool, priority, size)
SELECT 'copy-table', s.oid, s.display,
       CASE WHEN EXISTS (SELECT 1 FROM part p WHERE p.table_oid = s.oid) THEN 'barrier' ELSE 'copy' END, s.bytes,
       CASE WHEN EXISTS (SELECT 1 FROM part p WHERE p.table_oid = s.oid) THEN 0 ELSE s.bytes END
  FROM source_table s
 WHERE s.kind = 'r'
   AND NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.kind = 'TABLE DATA' AND k.oid = s.oid)
ON CONFLICT DO NOTHING;
