-- All that reads the source. Where there are unlogged tables, all that takes time, too: a crash of the target empties them at any moment, and they
-- have to be read again under the same snapshot.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, n.id
  FROM task t JOIN task n ON n.step IN ('copy-table','copy-large-objects','copy-extension-data')
       OR (n.step IN ('vacuum-table','set-database-properties')
           AND EXISTS (SELECT 1 FROM source_table WHERE persistence = 'u' AND kind = 'r' AND bytes > 0))
 WHERE t.step = 'release-snapshot'
ON CONFLICT DO NOTHING;
