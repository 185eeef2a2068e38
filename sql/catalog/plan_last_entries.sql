-- Default privileges wait for all else, milestone ?1, and event triggers for them: they fire for ALTER DEFAULT PRIVILEGES, too.
INSERT INTO task_need (task_id, needs_id)
SELECT t.id, m.id FROM last_entry e CROSS JOIN task t ON t.step = 'restore-post-data' AND t.oid = e.dump_id CROSS JOIN task m ON m.step = 'milestone' AND m.oid = ?1
 WHERE true
 UNION
SELECT t.id, n.id
  FROM archive_entry e CROSS JOIN task t ON t.step = 'restore-post-data' AND t.oid = e.dump_id
 CROSS JOIN archive_entry a ON a.description = 'DEFAULT ACL' CROSS JOIN task n ON n.step = t.step AND n.oid = a.dump_id
 WHERE e.description = 'EVENT TRIGGER'
ON CONFLICT DO NOTHING;
